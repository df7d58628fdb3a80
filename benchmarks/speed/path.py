"""Time the choice of a penalty by warm-started paths and by a grid search.

    python benchmarks/speed/path.py DATA_HOME --set 100k --folds 5

It prints a line of the table for each. Both have the same folds and the same grid: ten
penalties, geometric from the largest useful one to a hundredth of it, with 10 and 20
latent factors. Seconds are processor time on one thread, because the machine may be
shared.
"""

import argparse
import time
import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, KFold

from sklearn_cofi import CollaborativeFilter, CollaborativeFilterCV
from sklearn_cofi.datasets import fetch_movielens

FEATURES = [10, 20]
N_REG_PARAMS = 10


def by_path(X, y, folds, solver, patience):
    """Return seconds and the fitted search."""
    model = CollaborativeFilterCV(
        num_features=FEATURES,
        n_reg_params=N_REG_PARAMS,
        cv=folds,
        patience=patience,
        solver=solver,
        random_state=0,
        n_jobs=1,
    )
    start = time.process_time()
    model.fit(X, y)
    return time.process_time() - start, model


def by_grid(X, y, folds, solver, reg_params):
    search = GridSearchCV(
        CollaborativeFilter(solver=solver, random_state=0, n_jobs=1),
        {"num_features": FEATURES, "reg_param": list(reg_params)},
        cv=folds,
        scoring="neg_root_mean_squared_error",
    )
    start = time.process_time()
    search.fit(X, y)
    return time.process_time() - start, search


def line(name, solver, how, seconds, num_features, reg_param, rmse):
    winner = f"{num_features}, {reg_param:.2f}"
    print(
        f"| {name} | {how} | {solver} | {seconds:.1f} | {winner} | {rmse:.4f} |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_home")
    parser.add_argument("--set", default="100k", help="of MovieLens")
    parser.add_argument("--folds", type=int, default=5, help="how many of five to use")
    parser.add_argument("--solvers", nargs="+", default=["als-ncg", "cg"])
    arguments = parser.parse_args()
    frame = fetch_movielens(arguments.set, data_home=arguments.data_home).frame
    X, y = frame[["user", "item"]], frame["rating"]
    folds = list(KFold(5, shuffle=True, random_state=0).split(X))[: arguments.folds]
    warnings.simplefilter("ignore", ConvergenceWarning)
    for solver in arguments.solvers:  # compiles the code of both
        for fit_once in (CollaborativeFilter, CollaborativeFilterCV):
            fit_once(solver=solver, tol=0.1, n_jobs=1).fit(X[:20000], y[:20000])
    print("| ml- | method | solver | seconds | num_features, reg_param | RMSE |")
    print("|---|---|---|---|---|---|")
    for solver in arguments.solvers:
        for patience in (3, None):
            seconds, model = by_path(X, y, folds, solver, patience)
            found = model.num_features_, model.reg_param_, model.cv_rmse_
            how = "path" if patience else "path, patience=None"
            line(arguments.set, solver, how, seconds, *found)
        seconds, search = by_grid(X, y, folds, solver, model.reg_params_)
        best = search.best_params_["num_features"], search.best_params_["reg_param"]
        line(arguments.set, solver, "GridSearchCV", seconds, *best, -search.best_score_)


if __name__ == "__main__":
    main()
