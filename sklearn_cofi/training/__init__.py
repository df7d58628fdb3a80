"""From a matrix of ratings to a solution: the middle of the road of a fit.

======================  ==========================================================
``_problem.py``         `CenteredProblem`: centred ratings, means and penalty
``_solve.py``           where a fit starts, and the run of the solver
``_validation.py``      ratings held out for early stopping, and errors on them
``_early_stopping.py``  the callback that stops a solver by these errors
``_callbacks.py``       scikit-learn's callbacks, called after each iteration
``_penalty_grid.py``    the penalties and numbers of latent factors of a path
``_cv_folds.py``        folds of cross-validation, and held-out errors along a path
======================  ==========================================================

A fit makes a problem, a starting point and a solution, in this order. Early stopping
splits the matrix before; cross-validation walks a path for each fold before.
"""
