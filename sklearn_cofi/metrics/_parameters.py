"""Parameter constraints that the metrics, the report and the scorers share."""

from numbers import Integral, Real

from sklearn_cofi._compat import Interval, StrOptions, validate_params
from sklearn_cofi.metrics._per_user import GAINS

K_CONSTRAINTS = [Interval(Integral, 1, None, closed="left")]

RELEVANCE_CONSTRAINTS = {
    "relevant_from": [Interval(Real, None, None, closed="neither"), None],
    "no_relevant": [StrOptions({"skip", "zero"})],
}
GAINS_CONSTRAINTS = [StrOptions(set(GAINS))]

check_parameters = validate_params(
    RELEVANCE_CONSTRAINTS | {"k": K_CONSTRAINTS}, prefer_skip_nested_validation=True
)
"""Decorate a metric that has no parameters but the shared ones."""
