"""--lists: files of ratings, models chosen and evaluated by their lists."""

import json

import numpy as np
import pandas as pd
import pytest

from sklearn_cofi import (
    CollaborativeFilterCV,
    RankingCollaborativeFilter,
    load_npz,
)
from sklearn_cofi.metrics import ranking_report
from sklearn_cofi.model_selection import UserFractionSplit

SMALL = ["--features", 3, "--threads", 1]


@pytest.fixture(scope="module")
def ratings():
    rng = np.random.default_rng(0)
    rows = rng.integers(0, [30, 20], (400, 2))
    pairs = pd.DataFrame(rows, columns=["user", "item"]).drop_duplicates()
    return pairs.assign(rating=rng.integers(1, 6, len(pairs)).astype(float))


@pytest.fixture(scope="module")
def file(ratings, tmp_path_factory):
    path = tmp_path_factory.mktemp("lists") / "ratings.csv"
    ratings.to_csv(path, index=False)
    return path


def test_fit_has_the_defaults_for_lists(run, file, ratings, tmp_path):
    path = tmp_path / "model.npz"
    assert run("fit", file, "-o", path, "--lists", *SMALL).status == 0
    model = load_npz(path)
    assert type(model) is RankingCollaborativeFilter
    own = RankingCollaborativeFilter(3, n_jobs=1, random_state=0).fit(ratings)
    np.testing.assert_array_equal(model.item_factors_, own.item_factors_)


def test_evaluate_prints_metrics_of_lists_only(run, file, ratings):
    asked = ["--lists", "--json", "--k", 3, "--relevant-from", 4]
    done = run("evaluate", file, *asked, *SMALL)
    assert done.status == 0
    found = json.loads(done.out)
    assert "errors" not in found
    train, test = next(UserFractionSplit(0.2, random_state=0).split(ratings))
    own = RankingCollaborativeFilter(3, n_jobs=1, random_state=0)
    own.fit(ratings.iloc[train])
    test = ratings.iloc[test]
    best = own.recommend(test["user"].unique(), n=3)
    expected = ranking_report(test, best, k=3, relevant_from=4)
    means = {row["metric"]: row["mean"] for row in found["ranking"]}
    assert means == pytest.approx(expected.set_index("metric")["mean"].to_dict())
    popular = most_rated(ratings.iloc[train])
    expected = ranking_report(test, popular, k=3, relevant_from=4)
    means = {row["metric"]: row["most_popular"] for row in found["ranking"]}
    assert means == pytest.approx(expected.set_index("metric")["mean"].to_dict())


def most_rated(train, n=3):
    """Return the most rated items of each user, without those that the user rated."""
    counts = train["item"].value_counts().rename("count").reset_index()
    pairs = train[["user"]].drop_duplicates().merge(counts, how="cross")
    rated = pd.MultiIndex.from_frame(train[["user", "item"]])
    pairs = pairs[~pd.MultiIndex.from_frame(pairs[["user", "item"]]).isin(rated)]
    pairs = pairs.sort_values(["user", "count", "item"], ascending=[True, False, True])
    best = pairs.groupby("user").head(n)
    return best.assign(rank=best.groupby("user").cumcount() + 1)


def test_tune_chooses_by_the_lists(run, file, ratings, tmp_path):
    path = tmp_path / "model.npz"
    asked = ["--lists", "--json", "--folds", 3, "-o", path]
    done = run("tune", file, *asked, *SMALL)
    assert done.status == 0
    found = json.loads(done.out)
    own = CollaborativeFilterCV(
        ["2*auto", "1.4*auto", "auto", "0.7*auto", "0.5*auto"],
        num_features=3,
        unrated_weight=["0.5*auto", "auto", "2*auto"],
        scoring="ndcg",
        mean_normalization=None,
        fit_bias=False,
        dtype="float32",
        tol=3e-2,
        cv=3,
        n_jobs=1,
        random_state=0,
    ).fit(ratings)
    assert found["ndcg"] == pytest.approx(own.best_score_)
    assert found["reg_param"] == pytest.approx(own.reg_param_)
    assert found["unrated_weight"] == pytest.approx(own.unrated_weight_)
    means = own.scores_path_.mean(axis=-1)
    n_finished = np.isfinite(means).sum()
    assert len(found["candidates"]) == n_finished
    best = max(found["candidates"], key=lambda candidate: candidate["ndcg"])
    assert best["ndcg"] == pytest.approx(np.nanmax(means))
    assert best["unrated_weight"] == found["unrated_weight"]
    np.testing.assert_array_equal(load_npz(path).item_factors_, own.item_factors_)


def test_tune_prints_the_options_of_the_chosen_model(run, file):
    done = run("tune", file, "--lists", "--folds", 2, "--n-reg-params", 4, *SMALL)
    assert done.status == 0
    chosen = done.out.splitlines()[-1]
    assert chosen.startswith("chosen: --lists --features 3 --reg-param ")
    assert "--unrated-weight" in chosen
    assert "held-out NDCG@10" in chosen


def test_lists_and_bayesian_are_two_models(run, file, tmp_path):
    done = run("fit", file, "-o", tmp_path / "m.npz", "--lists", "--bayesian")
    assert done.status == 2
    assert "--bayesian cannot be used with --lists" in done.err
