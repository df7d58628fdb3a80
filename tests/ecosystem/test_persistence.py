"""Copies, files and processes preserve a fitted filter bit for bit."""

import copy
import pickle

import joblib
import numpy as np
import pytest
import skops.io
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    CollaborativeFilter,
    CollaborativeFilterCV,
    RankingCollaborativeFilter,
)

# Estimators of other classes, which are saved like the filter of most tests here.
BAYESIAN = BayesianCollaborativeFilter(
    3, 12, burn_in=2, n_kept_draws=3, n_jobs=1, random_state=0
)
CROSS_VALIDATED = CollaborativeFilterCV(
    [0.5, 1.0], 3, cv=2, tol=1e-2, n_jobs=1, random_state=0
)
RANKING = RankingCollaborativeFilter(4, n_jobs=1, random_state=0)


def through_joblib(fitted, folder, **options):
    joblib.dump(fitted, folder / "filter.joblib")
    return joblib.load(folder / "filter.joblib", **options)


def through_skops(fitted, folder):
    skops.io.dump(fitted, folder / "filter.skops")
    unknown = skops.io.get_untrusted_types(file=folder / "filter.skops")
    return skops.io.load(folder / "filter.skops", trusted=unknown)


ROUND_TRIPS = {
    "copy": lambda fitted, folder: copy.copy(fitted),
    "deepcopy": lambda fitted, folder: copy.deepcopy(fitted),
    "pickle": lambda fitted, folder: pickle.loads(pickle.dumps(fitted)),
    "joblib": through_joblib,
    "memory map": lambda *args: through_joblib(*args, mmap_mode="r"),
    "skops": through_skops,
}


@pytest.fixture(params=["numbers", "strings"])
def pairs(request, X):
    """The same pairs, with numbers or strings as ids."""
    return X if request.param == "numbers" else "id " + X.astype(str)


@pytest.fixture
def fitted(model, pairs, y):
    return model.set_params(fit_bias=True).fit(pairs, y)


@pytest.fixture(params=ROUND_TRIPS.values(), ids=ROUND_TRIPS)
def restored(request, fitted, tmp_path):
    return request.param(fitted, tmp_path)


def test_all_attributes_are_restored(fitted, restored):
    assert restored.get_params() == fitted.get_params()
    assert vars(restored).keys() == vars(fitted).keys()
    for name, value in vars(fitted).items():
        np.testing.assert_array_equal(getattr(restored, name), value, name)
        assert type(getattr(restored, name)) in (type(value), np.memmap)


def test_all_results_are_restored(fitted, restored, pairs, y):
    np.testing.assert_array_equal(restored.predict(pairs), fitted.predict(pairs))
    assert restored.score(pairs, y) == fitted.score(pairs, y)
    users = list(pairs["user"].unique())
    assert restored.recommend(users).equals(fitted.recommend(users))


@pytest.mark.parametrize("round_trip", ROUND_TRIPS.values(), ids=ROUND_TRIPS)
@pytest.mark.parametrize(
    "other", [BAYESIAN, CROSS_VALIDATED, RANKING], ids=["Bayesian", "CV", "ranking"]
)
def test_other_estimators_are_restored(other, round_trip, X, y, tmp_path):
    saved = clone(other).fit(X, y)
    restored = round_trip(saved, tmp_path)
    test_all_attributes_are_restored(saved, restored)
    test_all_results_are_restored(saved, restored, X, y)
    new = X.assign(user=0, rating=y)[:20].drop_duplicates("item")
    best = saved.recommend(ratings=new)
    assert restored.recommend(ratings=new).equals(best)
    unknown = skops.io.get_untrusted_types(data=skops.io.dumps(saved))
    assert [name.rsplit(".", 1)[1] for name in unknown] == [type(other).__name__]


@pytest.mark.parametrize("round_trip", ROUND_TRIPS.values(), ids=ROUND_TRIPS)
def test_a_restored_filter_can_be_fitted_further(model, X, y, round_trip, tmp_path):
    """A warm start continues from the saved factors, and does not overwrite them."""
    fitted = model.fit(X, y)
    factors = fitted.item_factors_.copy()
    restored = round_trip(fitted, tmp_path)
    restored.set_params(warm_start=True, tol=1e-5).fit(X, y)
    assert restored.cost_path_[0] == pytest.approx(fitted.cost_, rel=1e-12)
    assert restored.cost_ < fitted.cost_
    assert restored.n_iter_ < fitted.n_iter_
    np.testing.assert_array_equal(fitted.item_factors_, factors)


def test_a_memory_map_stays_on_disk_and_is_not_written_to(fitted, X, tmp_path):
    mapped = through_joblib(fitted, tmp_path, mmap_mode="r")
    before = (tmp_path / "filter.joblib").read_bytes()
    for side in (mapped.user_factors_, mapped.item_factors_):
        assert isinstance(side, np.memmap)
        assert not side.flags.writeable
    mapped.recommend(list(mapped.user_ids_[:2]))
    assert (tmp_path / "filter.joblib").read_bytes() == before


def test_skops_needs_trust_only_in_the_class_of_the_filter(fitted):
    unknown = skops.io.get_untrusted_types(data=skops.io.dumps(fitted))
    assert unknown == ["sklearn_cofi._collaborative_filter.CollaborativeFilter"]


def test_deepcopy_shares_no_memory(fitted):
    duplicate = copy.deepcopy(fitted)
    for name, value in vars(fitted).items():
        if isinstance(value, np.ndarray):
            assert not np.shares_memory(value, getattr(duplicate, name)), name


def test_a_clone_is_unfitted_and_its_fit_is_equal(fitted, pairs, y):
    twin = clone(fitted)
    assert vars(twin) == fitted.get_params()
    with pytest.raises(NotFittedError):
        twin.predict(pairs)
    twin.fit(pairs, y)
    np.testing.assert_array_equal(twin.predict(pairs), fitted.predict(pairs))


def test_parameters_can_be_read_and_set():
    parameters = {
        "num_features": 3,
        "reg_param": 2.5,
        "solver": "lbfgs",
        "mean_normalization": None,
        "rating_range": (1, 5),
    }
    made = CollaborativeFilter(**parameters)
    changed = CollaborativeFilter().set_params(**parameters)
    assert made.get_params() == changed.get_params()
    assert CollaborativeFilter().get_params() | parameters == changed.get_params()
    assert changed.get_params()["rating_range"] is parameters["rating_range"]
    pipeline = make_pipeline(CollaborativeFilter())
    pipeline.set_params(collaborativefilter__reg_param=2.5)
    assert pipeline[-1].reg_param == 2.5
    with pytest.raises(ValueError, match="Invalid parameter 'lambda'"):
        changed.set_params(**{"lambda": 1})


def test_set_params_takes_effect_at_the_next_fit(fitted, pairs, y):
    before = fitted.predict(pairs)
    fitted.set_params(reg_param=4.0)
    np.testing.assert_array_equal(fitted.predict(pairs), before)
    fresh = clone(fitted).fit(pairs, y)
    np.testing.assert_array_equal(
        fitted.fit(pairs, y).predict(pairs), fresh.predict(pairs)
    )


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_parallel_fits_have_the_same_bits_as_serial_fits(model, X, y, backend):
    models = [
        clone(model).set_params(random_state=seed, n_jobs=n_jobs, tol=0.01)
        for seed, n_jobs in enumerate([1, 1, 2])
    ]
    with Parallel(n_jobs=2, backend=backend) as parallel:
        together = parallel(delayed(m.fit)(X, y) for m in models)
        predicted = parallel(delayed(m.predict)(X) for m in together)
    for m, fitted, prediction in zip(models, together, predicted, strict=True):
        serial = clone(m).set_params(n_jobs=1).fit(X, y)
        np.testing.assert_array_equal(fitted.item_factors_, serial.item_factors_)
        np.testing.assert_array_equal(prediction, serial.predict(X))
