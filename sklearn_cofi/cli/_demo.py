"""The demonstration without a command: fit, test and recommend."""

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from sklearn_cofi.cli._ids import parse_ids
from sklearn_cofi.cli._ratings import read_ratings

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from sklearn_cofi import CollaborativeFilter
    from sklearn_cofi._typing import Id, MovieLensRelease


class Ratings(NamedTuple):
    """Ratings with their name, titles and parameters for the model."""

    name: str
    frame: "pd.DataFrame"  # columns user, item and rating first
    titles: "pd.Series | None"  # indexed by item
    parameters: dict[str, Any]


def demo(
    data: str | None,
    movielens: "MovieLensRelease | None",
    data_home: str | None,
    user: str | None,
    n: int,
) -> None:
    """Fit ratings, print the test error and recommend items to a user.

    Parameters
    ----------
    data : str or None
        File of ratings.
    movielens : str or None
        Release of MovieLens. Without ``data`` and this, the tutorial's ratings.
    data_home : str or None
        Folder of downloaded data sets.
    user : str or None
        Id of a user; None is the first.
    n : int
        Number of items to recommend.
    """
    from sklearn_cofi import CollaborativeFilter

    ratings = _read(data, movielens, data_home)
    pairs, values = ratings.frame[["user", "item"]], ratings.frame["rating"]
    low, high = float(values.min()), float(values.max())
    model = CollaborativeFilter(
        random_state=0,
        rating_range=(low, high) if low < high else None,
        **ratings.parameters,
    )
    click.echo(
        f"{ratings.name}: {len(values):,} ratings of {pairs['item'].nunique():,} "
        f"items by {pairs['user'].nunique():,} users"
    )
    if len(values) >= 1000:
        _print_test_error(model, pairs, values)
    start = time.perf_counter()
    model.fit(pairs, values)
    click.echo(
        f"Fitted {model.num_features} latent factors, penalty {model.reg_param_:.3g}, "
        f"in {time.perf_counter() - start:.1f} s: cost {model.cost_:,.2f} after "
        f"{model.n_iter_} iterations\n"
    )
    _print_recommendations(model, ratings, _find_user(user, model.user_ids_), n)


def _read(
    data: str | None, movielens: "MovieLensRelease | None", data_home: str | None
) -> Ratings:
    import pandas as pd

    from sklearn_cofi.datasets import fetch_movielens, load_tutorial

    if movielens:
        bunch = fetch_movielens(movielens, data_home=data_home)
        titles = bunch.item_frame
        if titles is not None:
            titles = titles.set_index("item")["title"]
        return Ratings(f"MovieLens {movielens}", bunch.frame, titles, {})
    if data:
        return Ratings(data, read_ratings(data), None, {})
    tutorial = load_tutorial()
    parameters = {
        "num_features": 3,
        "reg_param": 1.0,
        "mean_normalization": "item",
        "fit_bias": False,
        "reg_scaling": "none",
    }
    return Ratings("Tutorial", tutorial.frame, pd.Series(tutorial.titles), parameters)


def _print_test_error(
    model: "CollaborativeFilter", pairs: "pd.DataFrame", values: "pd.Series"
) -> None:
    """Print the error on a tenth of the ratings after a fit to the others."""
    from sklearn.metrics import root_mean_squared_error
    from sklearn.model_selection import train_test_split

    train, test, y_train, y_test = train_test_split(
        pairs, values, test_size=0.1, random_state=0
    )
    model.fit(train, y_train)
    error = root_mean_squared_error(y_test, model.predict(test))
    means = y_train.groupby(train["item"]).mean()
    baseline = test["item"].map(means).fillna(y_train.mean())
    click.echo(
        f"Held-out tenth: RMSE {error:.4f} (item means alone: "
        f"{root_mean_squared_error(y_test, baseline):.4f})"
    )


def _find_user(text: str | None, ids: "np.ndarray") -> "Id":
    """Return a user's id in the type of the model's ids; None is the first user."""
    if text is None:
        return ids[0]
    (user,) = parse_ids([text], ids, "user")
    if user not in ids:
        raise ValueError(f"There is no user {text}.")
    return user


def _print_recommendations(
    model: "CollaborativeFilter", ratings: Ratings, user: "Id", n: int
) -> None:
    """Print the items that a user rated highest, and the recommended items."""
    rated = ratings.frame[(ratings.frame["user"] == user).to_numpy()]
    best_rated = rated.sort_values("rating", ascending=False)[:5]
    click.echo(f"User {user} rated {len(rated)} items, among them")
    _print_items(best_rated["item"], best_rated["rating"], ratings.titles)
    best = model.recommend(user, n=n)
    click.echo(f"\nRecommended to user {user}, with predicted ratings")
    _print_items(best["item"], best["prediction"], ratings.titles)


def _print_items(
    items: "pd.Series", ratings: "pd.Series", titles: "pd.Series | None"
) -> None:
    for item, rating in zip(items, ratings, strict=True):
        name = item if titles is None else titles.get(item, item)
        click.echo(f"  {rating:5.1f}  {name}")
