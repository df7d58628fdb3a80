"""
Recommendations in the long tail
================================

`.LongTailDisplay` draws the share of recommendations against the share of training
ratings, most popular items first. Above the diagonal, popular items are recommended
more often than users rate them. The dotted lines are the bounds of the head, the middle
and the tail. ``popularity_penalty`` moves recommendations along the curve, and a
negative penalty prefers popular items.
"""

import os

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens, make_ratings
from sklearn_cofi.displays import LongTailDisplay
from sklearn_cofi.metrics import ndcg_at_k

# MovieLens 100K if it has been downloaded, else simulated ratings on the same scale.
try:
    ratings = fetch_movielens(
        "100k",
        data_home=os.environ.get("SKLEARN_COFI_DATA"),
        download_if_missing=False,
    ).frame
except OSError:
    pairs, y = make_ratings(rating_range=(1, 5), step=1, random_state=0)
    ratings = pairs.assign(rating=y)

train, test = train_test_split(ratings, random_state=0)
model = CollaborativeFilter(random_state=0).fit(train)
users = train["user"].unique()
_, ax = plt.subplots(figsize=(6, 5), layout="constrained")
for penalty in (-0.3, -0.1, 0, 0.1):
    best = model.recommend(users, n=10, popularity_penalty=penalty)
    ndcg = ndcg_at_k(test, best, k=10, relevant_from=4)
    display = LongTailDisplay.from_predictions(
        best, train, name=f"penalty {penalty}: nDCG {ndcg:.3f}", ax=ax
    )

# %%
# On MovieLens 100K, the errors of a model are the same for all these lists. With a
# negative penalty, more of the items that users rate next are in the lists, because
# users rate popular items most.
