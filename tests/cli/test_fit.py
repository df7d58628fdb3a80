"""`fit` and `tune` save the model that the estimators fit to the same ratings."""

import json

import numpy as np
import pytest

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    CollaborativeFilter,
    CollaborativeFilterCV,
    load_npz,
)


def same_predictions(path, model, frame):
    model.set_params(random_state=0).fit(frame)
    np.testing.assert_array_equal(load_npz(path).predict(frame), model.predict(frame))


@pytest.mark.parametrize(
    ("options", "model"),
    [
        ([], CollaborativeFilter()),
        (
            ["--features", 3, "--reg-param", 2, "--solver", "als", "--tol", 1e-4],
            CollaborativeFilter(3, 2.0, solver="als", tol=1e-4),
        ),
        (
            "--reg-param 2,3 --bias --reg-bias 4 --reg-scaling 0.5 --range 1 5".split(),
            CollaborativeFilter(
                reg_param=(2, 3),
                fit_bias=True,
                reg_bias=4,
                reg_scaling=0.5,
                rating_range=(1, 5),
            ),
        ),
        (
            [
                *("--normalization", "none", "--reg-param", 0.1),
                *("--reg-scaling", "count", "--dtype", "float32"),
            ],
            CollaborativeFilter(
                reg_param=0.1,
                mean_normalization=None,
                reg_scaling="count",
                dtype="float32",
            ),
        ),
        (["--reg-param", "2*auto"], CollaborativeFilter(reg_param="2*auto")),
        (
            "--normalization user --mean-damping 2 --early-stopping".split(),
            CollaborativeFilter(
                mean_normalization="user", mean_damping=2, early_stopping=True
            ),
        ),
        (
            "--bayesian --features 3 --sweeps 30 --burn-in 5 --threads 1".split(),
            BayesianCollaborativeFilter(3, 30, burn_in=5, n_jobs=1),
        ),
    ],
)
def test_options_are_the_parameters_of_the_estimator(
    run, folder, frame, tmp_path, options, model
):
    path = tmp_path / "model.npz"
    done = run("fit", folder / "ratings.csv", "-o", path, *options)
    assert done.status == 0
    words = done.out.split()
    assert words[:4] == ["model", type(model).__name__, "ratings", "2000"]
    same_predictions(path, model, frame)


def test_the_default_seed_is_0_and_the_seed_is_used(run, folder, tmp_path):
    facts = [
        json.loads(
            run(
                "fit", folder / "ratings.csv", "-o", tmp_path / "m", "--json", *seed
            ).out
        )
        for seed in ([], ["--seed", 0], ["--seed", 1])
    ]
    costs = [each["cost"] for each in facts]
    assert costs[0] == costs[1] != costs[2]
    assert facts[0]["stop_reason"] == "tolerance"


def test_tune_chooses_as_the_estimator_does(run, folder, frame, tmp_path):
    path = tmp_path / "model.npz"
    options = "--features 2,3 --reg-params 8,4,2 --folds 3 --bias".split()
    done = run("tune", folder / "ratings.csv", "-o", path, *options, "--json")
    assert (done.status, done.err) == (0, "")
    model = CollaborativeFilterCV([8, 4, 2], num_features=[2, 3], cv=3, fit_bias=True)
    same_predictions(path, model, frame)
    facts = json.loads(done.out)
    assert facts["features"] == model.num_features_
    assert facts["reg_param"] == model.reg_param_
    candidates = facts["candidates"]
    assert facts["rmse"] == min(candidate["rmse"] for candidate in candidates)
    fold_errors = model.rmse_path_[~np.isnan(model.rmse_path_).any(axis=2)]
    for name, expected in (
        ("rmse", fold_errors.mean(axis=1)),
        ("std", fold_errors.std(axis=1, ddof=1)),
    ):
        assert [candidate[name] for candidate in candidates] == expected.tolist()


def test_tune_prints_its_choice_as_options_of_fit(run, folder):
    out = run("tune", folder / "ratings.csv", "--n-reg-params", 3, "--folds", 2).out
    table, chosen = out.split("\n\n")
    assert table.splitlines()[0].split() == ["features", "reg_param", "rmse", "std"]
    assert chosen.startswith("chosen: --features 20 --reg-param ")


@pytest.mark.parametrize(
    ("target", "message"),
    [("{}", "Is a directory"), ("{}/none/model.npz", "No such folder")],
)
@pytest.mark.parametrize("command", ["fit", "tune"])
def test_unwritable_paths_are_refused_before_the_fit(
    refused, tmp_path, command, target, message
):
    line = refused(command, "missing.csv", "-o", target.format(tmp_path))
    assert message in line


def test_folders_without_permission_are_refused_before_the_fit(
    refused, tmp_path, monkeypatch
):
    monkeypatch.setattr("os.access", lambda path, mode, **named: False)
    line = refused("fit", "missing.csv", "-o", tmp_path / "model.npz")
    assert f"{tmp_path}: Permission denied" in line


def test_parameters_out_of_range_are_named(refused, folder, tmp_path):
    for option, value in (("--reg-param", -1), ("--reg-scaling", 2), ("--threads", 0)):
        ratings = folder / "ratings.csv"
        line = refused("fit", ratings, "-o", tmp_path / "model", option, value)
        assert str(value) in line


def test_ratings_outside_the_range_are_refused(refused, folder, tmp_path):
    ratings = folder / "ratings.csv"
    assert "rating" in refused("fit", ratings, "-o", tmp_path / "m", "--range", 1, 4)


def test_a_warning_of_an_estimator_is_one_line(run, folder, tmp_path):
    ratings = folder / "tutorial.csv"
    done = run("fit", ratings, "-o", tmp_path / "m", "--reg-param", 1000)
    assert done.status == 0
    assert done.err.startswith("sklearn-cofi: warning: reg_param=")
    assert done.err.count("\n") == 1
