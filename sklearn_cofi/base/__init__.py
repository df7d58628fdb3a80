"""What the estimators share: parameters, reading of input, and public methods.

=========================  =========================================================
``_ratings_estimator.py``  the base of all: parameters, attributes, reading of input
``_feature_estimator.py``  features of users and of items, and their effects
``_factor_estimator.py``   factors of a penalised squared error: `predict`
``_factor_model.py``       the fit of such factors
``_factor_fit.py``         the result of that fit, as a value
``_ratings_input.py``      training ratings and checks of them
``_fit_warnings.py``       warnings that a fit raises
``_cv_rows.py``            the rows of the folds of a parameter ``cv``
``_recommender.py``        the methods `recommend` and `predict_matrix`
``_query.py``              the users that a query is about
``_item_choices.py``       the items that may be recommended
``_listed_items.py``       items with enough ratings, lowered by popularity
``_item_search.py``        the search for the best of the allowed items
``_best_items.py``         the best items of a query, and their frame
``_similarity.py``         the methods `similar_items` and `similar_users`
``_explanation.py``        the method `explain`
``_explained_pair.py``     the pair that is explained, and the frame of its parts
``_fold_in.py``            the method `fold_in`
``_new_rows.py``           the arguments of `fold_in`, read and merged
``_merged_ratings.py``     the ratings and features of a fit together with new ones
``_factor_frame.py``       the method `as_frame`
``_prepared.py``           values that queries compute once for each model
=========================  =========================================================

Public methods are mixins with a signature, a docstring and a few calls; the other files
have functions that work for every estimator.
"""
