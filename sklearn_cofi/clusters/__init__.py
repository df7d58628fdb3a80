"""Users in clusters: one recommendation for all users of a cluster.

===============================  =================================================
``_cluster_recommender.py``      `ClusterRecommender`: fit, predict, score
``_cluster_recommendations.py``  recommendations, and distinctive items
``_cluster_estimator.py``        the fitted clusters as a value, `Clustering`
``_group_contrast.py``           means of groups, and contrasts of their ratings
===============================  =================================================
"""
