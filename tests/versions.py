"""What the installed version of scikit-learn lacks, as marks of tests."""

import pytest
import sklearn
from sklearn.utils.fixes import parse_version

VERSION = parse_version(sklearn.__version__)


def since(version, what):
    """Return a mark that skips a test under an older scikit-learn."""
    older = parse_version(version) > VERSION
    return pytest.mark.skipif(older, reason=f"scikit-learn {version} has {what} first")


needs_callbacks = since("1.9", "callbacks")
