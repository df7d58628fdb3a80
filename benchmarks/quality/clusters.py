"""Compare two predictions for a cluster: means of predictions, and of ratings.

    python -m benchmarks.quality.clusters DATA_HOME

It prints root mean squared errors on a fifth of ml-100k: of the filter, of damped item
means, and, for several numbers of k-means clusters, of `ClusterRecommender` and of the
mean rating of an item by the members of a cluster, damped towards the item's mean.
"""

import argparse

import numpy as np
from sklearn.cluster import KMeans
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import train_test_split

from benchmarks.quality.models import RECOMMENDED
from sklearn_cofi import ClusterRecommender, CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens

SETTING = RECOMMENDED | {"random_state": 0}
DAMPINGS = (2, 5, 10, 25)


def damped_means(train, test, labels, damping):
    """Return the damped mean rating of each test row's item in the user's cluster."""
    means = train.groupby("item")["rating"].agg(["sum", "count"])
    overall = train["rating"].mean()
    of_items = (means["sum"] + 5 * overall) / (means["count"] + 5)
    away = train["rating"] - train["item"].map(of_items)
    groups = [train["user"].map(labels).rename("cluster"), train["item"]]
    sums = away.groupby(groups).agg(["sum", "count"])
    offsets = sums["sum"] / (sums["count"] + damping)
    asked = list(zip(test["user"].map(labels), test["item"], strict=True))
    own = offsets.reindex(asked).fillna(0).to_numpy()
    return test["item"].map(of_items).fillna(overall).to_numpy() + own


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_home")
    asked = parser.parse_args()
    frame = fetch_movielens("100k", data_home=asked.data_home).frame
    train, test = train_test_split(frame, test_size=0.2, random_state=0)
    model = CollaborativeFilter(**SETTING).fit(train)

    def error(predicted):
        return f"{root_mean_squared_error(test['rating'], predicted):.4f}"

    print("filter", error(model.predict(test)))
    no_groups = dict.fromkeys(test["user"], -1)
    print("damped item means", error(damped_means(train, test, no_groups, np.inf)))
    for n_clusters in (8, 32, 64):
        clusterer = KMeans(n_clusters, n_init=3, random_state=0)
        clusters = ClusterRecommender(FrozenEstimator(model), clusterer).fit(train)
        labels = dict(zip(clusters.user_ids_, clusters.labels_, strict=True))
        means = [error(damped_means(train, test, labels, d)) for d in DAMPINGS]
        print(
            f"{n_clusters} clusters: predictions {error(clusters.predict(test))}, "
            f"ratings damped by {DAMPINGS}: {' '.join(means)}"
        )


if __name__ == "__main__":
    main()
