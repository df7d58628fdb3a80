"""Ways to minimise an objective, by name."""

from sklearn_cofi.solvers._scipy import minimize_cg, minimize_lbfgs

SOLVERS = {"cg": minimize_cg, "lbfgs": minimize_lbfgs}
