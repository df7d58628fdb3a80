"""Without a command: learn from ratings, say how well, recommend."""

import time
from typing import NamedTuple

import click

from sklearn_cofi.cli._ids import ids_in_kind
from sklearn_cofi.cli._ratings import read_ratings


class Ratings(NamedTuple):
    """Ratings to learn from, and what there is to say about them."""

    name: str
    frame: object  # DataFrame, columns user, item and rating first
    titles: object  # Series indexed by item, or None
    parameters: dict  # of the model


def demo(data, movielens, data_home, user, n) -> None:
    """Fit the ratings that were asked for, test the fit, and recommend."""
    from sklearn_cofi import CollaborativeFilter

    ratings = _read(data, movielens, data_home)
    frame = ratings.frame
    pairs, values = frame[["user", "item"]], frame["rating"]
    scale = float(values.min()), float(values.max())
    rating_range = scale if scale[0] < scale[1] else None
    model = CollaborativeFilter(
        random_state=0, rating_range=rating_range, **ratings.parameters
    )
    click.echo(
        f"{ratings.name}: {len(values):,} ratings of {pairs['item'].nunique():,} "
        f"items by {pairs['user'].nunique():,} users"
    )
    if len(values) >= 1000:
        _report_test_error(model, pairs, values)
    start = time.perf_counter()
    model.fit(pairs, values)
    click.echo(
        f"Fitted {model.num_features} features, reg_param {model.reg_param:g}, in "
        f"{time.perf_counter() - start:.1f} s: cost {model.cost_:,.2f} after "
        f"{model.n_iter_} iterations\n"
    )
    user = _user(user, model.user_ids_)
    rated = frame[(frame["user"] == user).to_numpy()]
    best_rated = rated.sort_values("rating", ascending=False)[:5]
    click.echo(f"User {user} rated {len(rated)}, among them")
    _print_items(best_rated["item"], best_rated["rating"], ratings.titles)
    best = model.recommend(user, n=n)
    click.echo(f"\nRecommended to user {user}, with predicted ratings")
    _print_items(best["item"], best["prediction"], ratings.titles)


def _read(data, movielens, data_home) -> Ratings:
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
    parameters = {"num_features": 3, "reg_param": 1.0}
    return Ratings("Tutorial", tutorial.frame, pd.Series(tutorial.titles), parameters)


def _report_test_error(model, pairs, values) -> None:
    """Print the error on a tenth of the ratings, learned from the rest."""
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


def _user(asked: str | None, known):
    """Return the id that was asked for, in the kind that the data has."""
    if asked is None:
        return known[0]
    (user,) = ids_in_kind([asked], known, "user")
    if user not in known:
        raise ValueError(f"There is no user {asked}.")
    return user


def _print_items(items, ratings, titles) -> None:
    for item, rating in zip(items, ratings, strict=True):
        name = item if titles is None else titles.get(item, item)
        click.echo(f"  {rating:5.1f}  {name}")
