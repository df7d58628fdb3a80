"""Ways to minimise an objective, by name, and the types of a solver of one's own."""

from sklearn_cofi._types import Factors, Objective, Solution, Solver
from sklearn_cofi.solvers._als import minimize_als
from sklearn_cofi.solvers._als_ncg import minimize_als_ncg
from sklearn_cofi.solvers._scipy import minimize_cg, minimize_lbfgs

__all__ = ["Factors", "Objective", "Solution", "Solver"]

SOLVERS = {
    "als": minimize_als,
    "als-ncg": minimize_als_ncg,
    "cg": minimize_cg,
    "lbfgs": minimize_lbfgs,
}
