"""The table of docs/explanation/nuclear-norm.md: what `optimality_gap` proves.

    python -m benchmarks.convergence.proofs DATA_HOME

It fits MovieLens 100K with the objective of the tutorial.
"""

import sys
import warnings

from sklearn_cofi import CollaborativeFilter, optimality_gap
from sklearn_cofi.datasets import fetch_movielens

# num_features, reg_param, tol
FITS = [(20, 40, 1e-6), (20, 30, 1e-6), (20, 30, 1e-3), (40, 20, 1e-5), (20, 20, 1e-5)]
TUTORIAL = {
    "mean_normalization": "item",
    "fit_bias": False,
    "reg_scaling": "none",
    "solver": "als-ncg",
}


def main(home):
    warnings.simplefilter("ignore")  # a fit that stops early is one of the rows
    data = fetch_movielens("100k", data_home=home, download_if_missing=False)
    X, y = data.frame[["user", "item"]], data.frame["rating"]
    print(
        "| `num_features` | `reg_param` | `tol` | rank | sigma ratio | relative gap |"
    )
    print("|---|---|---|---|---|---|")
    for k, penalty, tol in FITS:
        model = CollaborativeFilter(
            k, penalty, tol=tol, max_iter=5000, random_state=0, **TUTORIAL
        )
        gap = optimality_gap(model.fit(X, y), X, y)
        row = k, penalty, f"{tol:g}", gap.rank, f"{gap.sigma_ratio:.7g}"
        print("|", " | ".join(map(str, (*row, f"{gap.relative_gap:.1g}"))), "|")


if __name__ == "__main__":
    main(*sys.argv[1:])
