"""Every check that scikit-learn has for an estimator, with no failure excused."""

import pytest
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_inplace_ensure_writeable,
    check_param_validation,
    parametrize_with_checks,
)

from sklearn_cofi import CollaborativeFilter

# The checks set max_iter to 5 or less, and draw tables of random ids: honest reasons
# for these warnings, and for no other.
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:reg_param=.* is not below reg_param_max_"),
    pytest.mark.filterwarnings("ignore:.* pairs were given more than one rating"),
]

VARIANTS = [
    CollaborativeFilter(),
    CollaborativeFilter(mean_normalization="user", n_jobs=1),
    CollaborativeFilter(mean_normalization=None, n_jobs=1),
    CollaborativeFilter(solver="lbfgs", n_jobs=1),
    CollaborativeFilter(warm_start=True, n_jobs=1),
    CollaborativeFilter(dtype="float32", n_jobs=1),
]


@parametrize_with_checks(VARIANTS)
def test_check_of_check_estimator(estimator, check):
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
