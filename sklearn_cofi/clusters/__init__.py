"""Users in clusters: one recommendation for all users of a cluster.

===============================  =================================================
``_cluster_recommender.py``      `ClusterRecommender`: fit, predict, score
``_cluster_recommendations.py``  recommendations, and distinctive items
``_cluster_estimator.py``        the fitted clusters as a value, `Clustering`
``_group_contrast.py``           means of groups, and contrasts of their ratings
===============================  =================================================

`ClusterRecommender.fit` fits the filter to the ratings, and the clusterer to the user
factors of the filter. It then sets the means of factors, biases and ratings over each
cluster (`group_means`) as attributes. Queries read these as a `Clustering`, replace
each user by the mean of the user's cluster, and use the functions of `base` and
`inference`.
"""
