"""From a matrix of ratings to a solution.

======================  ==========================================================
``_problem.py``         `CenteredProblem`: centred ratings, means and penalty
``_side_tables.py``     the features of users and of items that a fit learns from
``_previous_fit.py``    the fit that a warm start continues
``_solve.py``           where a fit starts, and the run of the solver
``_singular_start.py``  a start along singular vectors, with unrated pairs
``_validation.py``      ratings held out for early stopping, and errors on them
``_early_stopping.py``  the callback that stops a solver by these errors
``_callbacks.py``       scikit-learn's callbacks, called after each iteration
``_penalty_grid.py``    the penalties and numbers of latent factors of a path
``_cv_folds.py``        folds of cross-validation, and scores of factors in them
``_held_out_lists.py``  a ranking metric of factors on held-out ratings
``_cv_paths.py``        paths over the folds, their scores and the choice
======================  ==========================================================

A fit to a matrix has five steps:

1. With early stopping, hold out ratings for validation (`validation_split`).
2. Subtract the means (`make_problem`).
3. Choose the starting point (`starting_point`).
4. Run the solver (`solve`) with the callbacks of the estimator and of early stopping
   (`IterationHooks`, `EarlyStopping`).
5. Make the fitted model (`CenteredProblem.complete`).

Cross-validation comes before these steps. It divides the ratings into folds
(`folds_of_pairs`, `folds_of_rows`), computes the penalties (`penalty_grid`), solves
a path in each fold (`score_paths`, `solve_along`), and takes the best point (`choose`).
"""
