"""What a fitted model returns; each file has functions of `FittedFactors`.

========================= ==========================================================
``_fitted_factors.py``    the fitted model as a value: users, items, means, ratings
``_cold_rows.py``         rows that have features and no rating
``_predict.py``           predictions of pairs, and their clipping
``_recommend.py``         the items with the highest predictions of each user
``_ranking_query.py``     the users to rank items for
``_item_ranking.py``      items, prepared for that search
``_exclusions.py``        items that are left out of a user's recommendations
``_popularity.py``        items whose scores are lowered by their numbers of ratings
``_diversity.py``         lists of items that differ from each other
``_similar.py``           the rows of factors that are most similar to other rows
``_explain.py``           a prediction as a sum of parts
``_explain_features.py``  the same by the features of its item
``_fold_in.py``           rows of one side, solved exactly given the other side
========================= ==========================================================
"""
