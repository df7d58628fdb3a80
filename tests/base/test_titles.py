"""A column of titles next to the items, in the frame of each query."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from fitting import fit
from sklearn.cluster import KMeans
from strategies import random_ratings

from sklearn_cofi import BayesianCollaborativeFilter, ClusterRecommender

DRAWN = random_ratings(3, (9, 12))
TITLES = {item: f"Film {item}" for item in range(11)}  # item 11 has no title


@pytest.fixture(scope="module")
def model():
    return fit(DRAWN, reg_param=0.5, fit_bias=True)


@pytest.fixture(scope="module")
def clusters(model):
    return ClusterRecommender(model, KMeans(2, random_state=0)).fit(DRAWN.frame())


def check_titles(with_titles, plain, column):
    """Check that the frames differ in titles next to a column of items alone."""
    expected = [TITLES.get(item) for item in plain[column].tolist()]
    assert None in expected
    got = with_titles["title"].astype(object)
    assert got.where(got.notna(), None).tolist() == expected
    assert list(with_titles).index("title") == list(with_titles).index(column) + 1
    pd.testing.assert_frame_equal(with_titles.drop(columns="title"), plain)


def test_recommendations(model, clusters):
    check_titles(model.recommend(n=12, titles=TITLES), model.recommend(n=12), "item")
    new = DRAWN.frame()[:3][["item", "rating"]]
    check_titles(
        model.recommend(ratings=new, n=12, titles=TITLES),
        model.recommend(ratings=new, n=12),
        "item",
    )
    check_titles(
        clusters.recommend(clusters=[0], n=12, titles=TITLES),
        clusters.recommend(clusters=[0], n=12),
        "item",
    )


def test_the_column_of_ids_may_have_the_name_of_the_fit(clusters):
    named = DRAWN.frame().rename(columns={"item": "Nr"})
    model = fit(DRAWN, reg_param=0.5).set_params(user_col="user", item_col="Nr")
    model = model.set_params(rating_col="rating").fit(named)
    frame = pd.DataFrame({"what": list(TITLES.values()), "Nr": list(TITLES)})
    plain = model.recommend(n=12)
    check_titles(model.recommend(n=12, titles=frame), plain, "item")
    check_titles(model.as_frame(titles=frame), model.as_frame(), "item")
    similar = model.similar_items(n=12, titles=frame)
    check_titles(similar, model.similar_items(n=12), "similar_item")


def test_tables_of_items(model):
    check_titles(model.as_frame(titles=TITLES), model.as_frame(), "item")
    with pytest.raises(ValueError, match="titles of items, but side is 'user'"):
        model.as_frame("user", titles=TITLES)


def test_recommendations_with_standard_deviations():
    model = BayesianCollaborativeFilter(2, 12, burn_in=4, random_state=0, n_jobs=1)
    model.fit(DRAWN.frame())
    for options in ({}, {"return_std": True}):
        plain = model.recommend(n=12, **options)
        check_titles(model.recommend(n=12, titles=TITLES, **options), plain, "item")


def test_similar_items(model):
    plain = model.similar_items([0, 5], n=12)
    check_titles(model.similar_items([0, 5], 12, titles=TITLES), plain, "similar_item")


def test_explanations(model):
    user = int(DRAWN.users[DRAWN.items == 11][0])  # whose list has the untitled item
    plain = model.explain(user, 2, n=None)
    got = model.explain(user, 2, n=None, titles=TITLES)
    check_titles(got, plain, "item")
    assert got["title"].notna().sum() == (DRAWN.users == user).sum() - 1


def test_distinctive_items(clusters):
    plain = clusters.distinctive_items()
    titles = {item: title for item, title in TITLES.items() if item != plain["item"][0]}
    got = clusters.distinctive_items(titles=titles)
    assert got["title"].isna().tolist() == [i not in titles for i in plain["item"]]
    pd.testing.assert_frame_equal(got.drop(columns="title"), plain)
    assert list(got)[:4] == ["cluster", "rank", "item", "title"]


@pytest.mark.parametrize("kind", [pl.from_pandas, pa.Table.from_pandas])
def test_other_frames_have_nulls_for_missing_titles(kind):
    frame = kind(DRAWN.frame())
    model = fit(DRAWN, reg_param=0.5).fit(frame)
    got = model.recommend(
        0,
        n=12,
        exclude_rated=False,
        titles=kind(pd.DataFrame({"item": TITLES.keys(), "title": TITLES.values()})),
    )
    titles = (
        got["title"].to_pylist()
        if kind is not pl.from_pandas
        else got["title"].to_list()
    )
    assert set(titles) == {*TITLES.values(), None}
    assert len(titles) == 12


@pytest.mark.parametrize("kind", [pl.from_pandas, pa.Table.from_pandas])
def test_missing_titles_alone_are_a_column_of_texts(kind):
    model = fit(DRAWN, reg_param=0.5).fit(kind(DRAWN.frame()))
    some, none = (
        model.recommend(0, n=3, exclude_rated=False, candidates=items, titles=TITLES)
        for items in ([2, 3], [11])
    )
    assert none["title"].to_pandas().isna().tolist() == [True]
    assert some.schema == none.schema


def test_errors_and_warnings_of_titles_are_raised_by_each_query(model):
    for query in (
        lambda **titles: model.recommend(0, **titles),
        lambda **titles: model.similar_items(0, **titles),
        lambda **titles: model.explain(0, 2, **titles),
    ):
        with pytest.raises(TypeError, match="titles must be a mapping"):
            query(titles=["a"])
        with pytest.warns(UserWarning, match="None of the items has a title") as caught:
            got = query(titles={99: "Film"})
        assert caught[0].filename == __file__
        assert got["title"].isna().all()
        assert np.isin("title", list(query(titles=TITLES)))
