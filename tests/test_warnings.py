"""A warning names the line of the user's code that leads to it."""

import subprocess
import sys
import warnings

import pytest

from sklearn_cofi import CollaborativeFilter, CollaborativeFilterCV
from sklearn_cofi._warnings import warn_caller

REPEATED = [
    ["ann", "up", 1.0],
    ["ann", "up", 2.0],
    ["bob", "up", 3.0],
    ["bob", "it", 1],
]


def test_the_calling_line_is_named():
    with pytest.warns(DeprecationWarning, match="a message") as caught:
        warn_caller("a message", DeprecationWarning)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("kind", [CollaborativeFilter, CollaborativeFilterCV])
def test_frames_of_the_package_and_of_scikit_learn_are_skipped(kind):
    model = kind(num_features=1, reg_bias=None)
    if kind is CollaborativeFilterCV:
        model.set_params(cv=2, random_state=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(REPEATED)
    assert "more than one rating" in str(caught[0].message)
    assert {warning.filename for warning in caught} == {__file__}


def test_without_a_line_of_the_user_the_outermost_line_is_named():
    script = "import sklearn_cofi._warnings as w; w.warn_caller('a message')"
    named = "{'__name__': 'sklearn_cofi.somewhere'}"
    done = subprocess.run(
        [sys.executable, "-c", f"exec({script!r}, {named})"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert "<string>:1: UserWarning: a message" in done.stderr
