"""Solvers of an objective, by name, and the types for a solver of your own.

====================  ==============================================================
``_als.py``           "als": alternating least squares
``_als_ncg.py``       "als-ncg": conjugate gradients on sweeps of "als"
``_scipy.py``         "cg" and "lbfgs": scipy's minimisers
``_scaling.py``       the variables of "cg" and "lbfgs", scaled by the curvature
``_state.py``         the current factors of a solver, its trace and its solution
``_start.py``         the factors that a fit starts from
``_path.py``          solutions over falling penalties, each the start of the next
``_check.py``         checks of a solver of your own, and of its solution
====================  ==============================================================

"cg" and "lbfgs" minimise any `Objective`: they use its cost, gradient and stationarity.
"als" and "als-ncg" need an `AlternatingObjective`, which also solves one side of the
factors. A solver of your own is a `Solver`: a function that minimises an `Objective`
and returns a `Solution`.
"""

from sklearn_cofi._types import (
    AlternatingObjective,
    Factors,
    Objective,
    Solution,
    Solver,
)
from sklearn_cofi.solvers._als import minimize_als
from sklearn_cofi.solvers._als_ncg import minimize_als_ncg
from sklearn_cofi.solvers._scipy import minimize_cg, minimize_lbfgs

__all__ = ["AlternatingObjective", "Factors", "Objective", "Solution", "Solver"]

SOLVERS = {
    "als": minimize_als,
    "als-ncg": minimize_als_ncg,
    "cg": minimize_cg,
    "lbfgs": minimize_lbfgs,
}
