"""Ways to minimise an objective, by name."""

from sklearn_cofi.solvers._als import minimize_als
from sklearn_cofi.solvers._als_ncg import minimize_als_ncg
from sklearn_cofi.solvers._scipy import minimize_cg, minimize_lbfgs

SOLVERS = {
    "als": minimize_als,
    "als-ncg": minimize_als_ncg,
    "cg": minimize_cg,
    "lbfgs": minimize_lbfgs,
}
