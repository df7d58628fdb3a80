"""
Users in clusters, named by their distinctive items
===================================================

A filter learns features of users from nothing but ratings. Group users by these
features, and the groups turn out to have tastes that we have names for.
"""

import os
from textwrap import shorten

import matplotlib.pyplot as plt
from sklearn.cluster import KMeans
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from sklearn_cofi import ClusterRecommender, CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens, load_tutorial

# MovieLens 100K where it is at hand, else the tutorial's ten movies and six users.
try:
    bunch = fetch_movielens(
        "100k",
        data_home=os.environ.get("SKLEARN_COFI_DATA"),
        download_if_missing=False,
    )
    titles, n_clusters = bunch.item_frame.set_index("item")["title"], 6
    learner = CollaborativeFilter(
        num_features=20,
        reg_param=1.3,
        reg_scaling=0.5,
        fit_bias=True,
        reg_bias=4,
        mean_normalization="global",
        solver="als-ncg",
        rating_range=(1, 5),
    )
except OSError:
    bunch = load_tutorial()
    titles, n_clusters = dict(enumerate(bunch.titles)), 2
    learner = CollaborativeFilter(num_features=3, reg_param=1.0)

# %%
# Any clusterer of scikit-learn will do. Here users are grouped by the angles between
# their features, so that strong and mild versions of a taste go together. How generous
# a user is with stars is in the biases, and plays no part.

model = ClusterRecommender(
    learner,
    make_pipeline(Normalizer(), KMeans(n_clusters, n_init=10)),
    random_state=0,
)
model.fit(bunch.frame)

# %%
# What the members of a cluster like more than all other users do, surest first. A
# difference counts for more where many members have rated the movie.

distinctive_items = model.distinctive_items(5).assign(
    title=lambda x: x["item"].map(titles)
)
print(
    distinctive_items[["cluster", "title", "mean", "others", "count"]]
    .round(2)
    .to_string(index=False)
)

# %%
# Each line leads from the mean rating of all others to that of the members.

n_rows = -(-n_clusters // 2)
figure, axes = plt.subplots(
    n_rows, 2, figsize=(10, 1.9 * n_rows + 0.6), sharex=True, layout="constrained"
)
for axis, (cluster, rows) in zip(
    axes.flat, distinctive_items.groupby("cluster"), strict=True
):
    places = range(len(rows))[::-1]
    axis.hlines(places, rows["others"], rows["mean"], color="0.75", linewidth=2)
    axis.plot(rows["others"], places, "o", color="0.6", label="all others")
    axis.plot(rows["mean"], places, "o", color="C0", label="members")
    axis.set_yticks(places, [shorten(x, 32, placeholder=" …") for x in rows["title"]])
    axis.set_ylim(-0.6, len(rows) - 0.4)
    axis.set_title(f"{(model.labels_ == cluster).sum()} users", fontsize=10)
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(left=False)
figure.supxlabel("mean rating", fontsize=10)
marks = axes.flat[0].get_legend_handles_labels()
figure.legend(*marks, loc="outside upper right", ncols=2, frameon=False)
plt.show()

# %%
# To a whole cluster, recommend the items with the highest mean prediction over its
# members. What is loved by all is among them; what sets a taste apart is above.

best = model.recommend(clusters=model.clusters_, n=3)
best["title"] = best["item"].map(titles)
print(best[["cluster", "title", "prediction"]].round(2).to_string(index=False))
