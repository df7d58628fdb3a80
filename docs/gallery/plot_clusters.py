"""
Clusters of users and their distinctive items
=============================================

A filter learns latent factors of users from their ratings alone. Clusters of users with
similar factors often have a recognisable taste.
"""

import os
from textwrap import shorten

import matplotlib.pyplot as plt
from sklearn.cluster import KMeans
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from sklearn_cofi import ClusterRecommender, CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens, load_tutorial

# MovieLens 100K if it has been downloaded, else the ten movies of the tutorial.
try:
    bunch = fetch_movielens(
        "100k",
        data_home=os.environ.get("SKLEARN_COFI_DATA"),
        download_if_missing=False,
    )
    titles, n_clusters = bunch.item_frame.set_index("item")["title"], 6
    learner = CollaborativeFilter(solver="als-ncg", rating_range=(1, 5))
except OSError:
    bunch = load_tutorial()
    titles, n_clusters = dict(enumerate(bunch.titles)), 2
    learner = CollaborativeFilter(num_features=3, reg_param=1.0)

# %%
# Any clusterer of scikit-learn can be used. Here users are clustered by the angles
# between their factors, which do not depend on how strong a taste is. The general level
# of a user's ratings is in the biases, so it does not affect the clusters.

model = ClusterRecommender(
    learner,
    make_pipeline(Normalizer(), KMeans(n_clusters, n_init=10)),
    random_state=0,
)
model.fit(bunch.frame)

# %%
# The distinctive items of a cluster are rated higher by its members than by all other
# users. A difference counts more if many members have rated the item.

distinctive_items = model.distinctive_items(5).assign(
    title=lambda x: x["item"].map(titles)
)
print(
    distinctive_items[["cluster", "title", "mean", "others", "count"]]
    .round(2)
    .to_string(index=False)
)

# %%
# Each line connects the mean rating of all other users with that of the members.

n_rows = -(-n_clusters // 2)
figure, axes = plt.subplots(
    n_rows, 2, figsize=(10, 1.9 * n_rows + 0.6), sharex=True, layout="constrained"
)
for axis, (cluster, rows) in zip(
    axes.flat, distinctive_items.groupby("cluster"), strict=True
):
    y = range(len(rows))[::-1]
    axis.hlines(y, rows["others"], rows["mean"], color="0.75", linewidth=2)
    axis.plot(rows["others"], y, "o", color="0.6", label="all other users")
    axis.plot(rows["mean"], y, "o", color="C0", label="members")
    axis.set_yticks(y, [shorten(x, 32, placeholder=" …") for x in rows["title"]])
    axis.set_ylim(-0.6, len(rows) - 0.4)
    axis.set_title(f"{(model.labels_ == cluster).sum()} users", fontsize=10)
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(left=False)
figure.supxlabel("mean rating", fontsize=10)
handles, labels = axes.flat[0].get_legend_handles_labels()
figure.legend(handles, labels, loc="outside upper right", ncols=2, frameon=False)
plt.show()

# %%
# Recommendations to a whole cluster are the items with the highest mean prediction over
# its members. They include items that all users like, which are not distinctive.

best = model.recommend(clusters=model.clusters_, n=3)
best["title"] = best["item"].map(titles)
print(best[["cluster", "title", "prediction"]].round(2).to_string(index=False))
