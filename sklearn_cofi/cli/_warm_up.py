"""`warm-up`: compile everything once, before a service needs it."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from sklearn_cofi.cli._options import output_options
from sklearn_cofi.cli._output import print_records

if TYPE_CHECKING:
    import pandas as pd

    from sklearn_cofi._typing import DType, Estimator, SolverName


@click.command("warm-up")
@output_options
def warm_up(as_json: bool) -> None:
    """Compile everything that fits and queries use, and keep it for later processes.

    Run it when you build the image of a container, with the NUMBA_CACHE_DIR and on the
    type of processor of the service. Prints the seconds of each path: those of a second
    run, which only loads the compiled code, are near zero.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    dtypes: tuple[DType, ...] = "float64", "float32"
    for dtype in dtypes:
        for path, run in _paths(dtype):
            start = time.perf_counter()
            run()
            seconds = time.perf_counter() - start
            rows.append({"path": path, "dtype": dtype, "seconds": seconds})
    total = sum(float(row["seconds"]) for row in rows)
    rows.append({"path": "total", "dtype": "", "seconds": total})
    print_records(pd.DataFrame(rows), as_json, {"seconds": ".1f"})


def _paths(dtype: "DType") -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield the name of each path through the package, and a function that takes it."""
    from sklearn_cofi import (
        BayesianCollaborativeFilter,
        CollaborativeFilter,
        optimality_gap,
    )
    from sklearn_cofi.datasets import make_ratings

    X, y = make_ratings(600, n_users=60, n_items=40, rank=2, random_state=0)
    ratings = X.assign(rating=y)
    settings: dict[str, Any] = {
        "reg_param": 0.5,
        "max_iter": 200,
        "tol": 0.01,
        "dtype": dtype,
        "random_state": 0,
    }
    model = CollaborativeFilter(3, **settings)
    yield "fit", lambda: model.fit(ratings)
    solvers: tuple[SolverName, ...] = "als", "als-ncg"
    for solver in solvers:
        # From 16 latent factors on, rows are improved and not solved.
        other = CollaborativeFilter(16, solver=solver, fit_bias=True, **settings)
        yield f"fit, {solver}", partial(other.fit, ratings)
    yield from _queries(model, ratings)
    yield "optimality_gap", lambda: optimality_gap(model, ratings)
    far = ratings.assign(rating=1e6 + y)
    exact = CollaborativeFilter(3, **settings).fit(far)
    yield "recommend, equal scores", lambda: exact.recommend(ratings["user"].iloc[0])
    chain: dict[str, Any] = {"n_sweeps": 4, "burn_in": 2, "dtype": dtype}
    sampler = BayesianCollaborativeFilter(3, **chain, random_state=0)
    yield "Bayesian fit", lambda: sampler.fit(ratings)
    for name, run in _queries(sampler, ratings):
        yield f"Bayesian {name}", run
    pairs, item = ratings[:5], ratings["item"].iloc[0]
    yield "Bayesian predict, std", lambda: sampler.predict(pairs, return_std=True)
    yield "Bayesian predict_interval", lambda: sampler.predict_interval(pairs)
    yield (
        "Bayesian predict_preference",
        lambda: sampler.predict_preference(pairs, other_items=item),
    )
    timed = ratings.assign(time=range(len(ratings)))
    drifting = BayesianCollaborativeFilter(3, **chain, time_col="time", random_state=0)
    yield "Bayesian fit, times", lambda: drifting.fit(timed).predict(timed)


def _queries(
    model: "Estimator", ratings: "pd.DataFrame"
) -> Iterator[tuple[str, Callable[[], Any]]]:
    user, item = ratings[["user", "item"]].iloc[0]
    new = ratings[ratings["user"] == user][["item", "rating"]]
    yield "predict", lambda: model.predict(ratings)
    yield "recommend", lambda: model.recommend(user)
    yield "recommend, diverse", lambda: model.recommend(user, diversity=0.5)
    yield "recommend, new user", lambda: model.recommend(ratings=new)
    yield "similar_items", lambda: model.similar_items(item)
