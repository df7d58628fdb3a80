"""Progress bars are on stderr if that is a terminal, and leave the model alone."""

import io
import sys

import pytest
from versions import needs_callbacks

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.cli._progress import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def model():
    return CollaborativeFilter(3, random_state=0)


@needs_callbacks
def test_bars_are_on_stderr_and_not_in_the_model(model, frame, capsys, monkeypatch):
    pytest.importorskip("rich")
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress(model, True):
        model.fit(frame)
    assert "CollaborativeFilter - fit" in sys.stderr.getvalue()
    assert capsys.readouterr().out == ""
    assert "_skl_callbacks" not in vars(model)


def test_without_a_terminal_or_the_option_there_are_no_bars(
    model, frame, capsys, monkeypatch
):
    with progress(model, True):
        model.fit(frame)
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress(model, False):
        model.fit(frame)
    assert sys.stderr.getvalue() == ""
    assert capsys.readouterr() == ("", "")


def test_without_rich_the_error_names_the_package(model, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setitem(sys.modules, "rich", None)
    with pytest.raises(ImportError, match="pip install rich"), progress(model, True):
        pass


def test_with_an_old_scikit_learn_the_error_names_the_version(model, monkeypatch):
    pytest.importorskip("rich")
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)
    with (
        pytest.raises(ImportError, match=r"--progress needs scikit-learn 1\.9: pip"),
        progress(model, True),
    ):
        pass
