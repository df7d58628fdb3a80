"""Fit the models of the tutorial "From a CSV file to a grid search" to real ratings.

    python -m benchmarks.quality.tutorial DATA_HOME

Run it in the root of the checkout. It prints the table of
`docs/tutorials/movielens.md`: the error of each model on a fifth of ml-latest-small,
with the split of that page.
"""

import sys
import warnings

from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import GridSearchCV, KFold, train_test_split

from sklearn_cofi import BayesianCollaborativeFilter, CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens

GRID = {
    "num_features": [10, 20, 40],
    "reg_param": ["0.8*auto", "auto", "1.2*auto"],
}
MODELS = {
    "means and biases": CollaborativeFilter(reg_param=1e6),
    "the defaults": CollaborativeFilter(random_state=0),
    "the search": GridSearchCV(
        CollaborativeFilter(rating_range=(0.5, 5), random_state=0),
        GRID,
        scoring="neg_root_mean_squared_error",
        cv=KFold(3, shuffle=True, random_state=0),
    ),
    "Bayesian": BayesianCollaborativeFilter(random_state=0),
}


def main(data_home):
    # The model of means has a penalty above reg_param_max_ on purpose.
    warnings.filterwarnings("ignore", message="reg_param=1e\\+06")
    frame = fetch_movielens("latest-small", data_home=data_home).frame
    pairs, stars = frame[["user", "item"]], frame["rating"]
    train, test, train_stars, test_stars = train_test_split(
        pairs, stars, test_size=0.2, random_state=0
    )
    print("| model | root mean squared error |\n|---|---|")
    for name, model in MODELS.items():
        predicted = model.fit(train, train_stars).predict(test)
        error = root_mean_squared_error(test_stars, predicted)
        chosen = getattr(model, "best_params_", "")
        print(f"| {name} {chosen} | {error:.4f} |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
