"""All of scikit-learn's estimator checks, without expected failures."""

import pytest
from sklearn.cluster import DBSCAN
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_inplace_ensure_writeable,
    check_param_validation,
    check_positive_only_tag_during_fit,
    parametrize_with_checks,
)
from sklearn.utils.fixes import parse_version
from versions import VERSION

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    ClusterRecommender,
    CollaborativeFilter,
    CollaborativeFilterCV,
    FeatureEncoder,
    RankingCollaborativeFilter,
)

# The checks set max_iter to 5 or less and draw random ids, which are valid reasons for
# these warnings. All other warnings are errors.
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:reg_param_max_ is 0"),
    pytest.mark.filterwarnings("ignore:The ratings do not differ from noise"),
    pytest.mark.filterwarnings("ignore:reg_param=.* is not below reg_param_max_"),
    pytest.mark.filterwarnings("ignore:early_stopping has no rating to validate on"),
    pytest.mark.filterwarnings("ignore:.* pairs have more than one rating"),
]

# scikit-learn's check raises an error of its own for estimators of categories.
FAULTY_CHECK, FAULTY_UNTIL = check_positive_only_tag_during_fit, parse_version("1.7.2")

VARIANTS = [
    BayesianCollaborativeFilter(n_sweeps=20, burn_in=5, n_jobs=1),
    CollaborativeFilter(),
    CollaborativeFilter(mean_normalization="user", n_jobs=1),
    CollaborativeFilter(mean_normalization=None, n_jobs=1),
    CollaborativeFilter(solver="lbfgs", n_jobs=1),
    CollaborativeFilter(warm_start=True, n_jobs=1),
    CollaborativeFilter(dtype="float32", n_jobs=1),
    CollaborativeFilter(fit_bias=True, reg_scaling="count", n_jobs=1),
    CollaborativeFilter(early_stopping=True, n_jobs=1),
    CollaborativeFilterCV(n_jobs=1),
    ClusterRecommender(CollaborativeFilter(n_jobs=1), random_state=0),
    ClusterRecommender(CollaborativeFilter(2, 0.1, n_jobs=1), DBSCAN(1, min_samples=1)),
    CollaborativeFilterCV(num_features=[1, 3], cv=2, fit_bias=True, n_jobs=1),
    RankingCollaborativeFilter(n_jobs=1),
    RankingCollaborativeFilter(mean_normalization="unrated", fit_bias=True, n_jobs=1),
    ClusterRecommender(RankingCollaborativeFilter(n_jobs=1), random_state=0),
    FeatureEncoder(),
    FeatureEncoder(n_knots=3),
]


@parametrize_with_checks(VARIANTS)
def test_check_of_check_estimator(estimator, check):
    if check.func is FAULTY_CHECK and VERSION < FAULTY_UNTIL:
        pytest.skip("this check subtracts a float mean from integer ids")
    check(estimator)


@pytest.mark.parametrize("estimator", VARIANTS, ids=str)
@pytest.mark.parametrize(
    "check",
    [
        check_dataframe_column_names_consistency,
        check_inplace_ensure_writeable,
        check_param_validation,
    ],
)
def test_check_outside_of_check_estimator(estimator, check):
    check(type(estimator).__name__, estimator)


@pytest.mark.parametrize("estimator", [CollaborativeFilter(), ClusterRecommender()])
def test_tags_allow_ids_of_any_kind_and_skip_no_check(estimator):
    tags = get_tags(estimator)
    assert tags.estimator_type == "regressor"
    assert tags.input_tags.string
    assert tags.input_tags.categorical
    assert not tags.target_tags.required
    for exemption in ("no_validation", "non_deterministic", "_skip_test"):
        assert not getattr(tags, exemption)
    assert not tags.input_tags.allow_nan
