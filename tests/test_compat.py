"""With a scikit-learn that has no callbacks, a fit works and callbacks are refused."""

import sys
from importlib.util import module_from_spec, spec_from_file_location

import numpy as np
import pytest
import sklearn
from strategies import random_ratings

from sklearn_cofi import CollaborativeFilter, _compat

FRAME = random_ratings(2, (9, 7)).frame()


@pytest.fixture
def old(monkeypatch):
    """The filter as a class without the callbacks of scikit-learn 1.9."""
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)
    spec = spec_from_file_location("compat_without_callbacks", _compat.__file__)
    compat = module_from_spec(spec)
    spec.loader.exec_module(compat)

    class OldFilter(compat.CallbackSupportMixin, CollaborativeFilter):
        pass

    assert OldFilter.set_callbacks.__module__ == "compat_without_callbacks"
    return OldFilter(2, reg_param=0.5, n_jobs=1, random_state=0)


@pytest.mark.parametrize("verbose", [0, 1])
def test_a_fit_without_callbacks_is_the_same(verbose, old, capsys):
    old.set_params(verbose=verbose).set_callbacks().fit(FRAME)
    shown = capsys.readouterr().out
    model = CollaborativeFilter(**old.get_params()).fit(FRAME)
    assert shown == capsys.readouterr().out
    assert shown.count("\n") == verbose * model.n_iter_
    np.testing.assert_array_equal(old.predict(FRAME), model.predict(FRAME))


def test_callbacks_are_refused_with_the_version_that_has_them(old):
    message = f"need scikit-learn 1.9 or newer, .* is {sklearn.__version__}. Upgrade"
    with pytest.raises(NotImplementedError, match=message):
        old.set_callbacks(object())
    assert vars(old).keys() == old.get_params().keys()
