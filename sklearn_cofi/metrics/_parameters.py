"""The ranges of parameters that metrics, report and scorers share."""

from numbers import Integral, Real

from sklearn_cofi._compat import Interval, StrOptions
from sklearn_cofi.metrics._per_user import GAINS

K = [Interval(Integral, 1, None, closed="left")]

JUDGING = {
    "relevant_from": [Interval(Real, None, None, closed="neither"), None],
    "no_relevant": [StrOptions({"skip", "zero"})],
}
GAIN = [StrOptions(set(GAINS))]
