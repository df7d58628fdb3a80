"""Jester: real-valued ratings, separated by blanks."""

import hashlib
from zipfile import ZipFile

import pytest

from sklearn_cofi.datasets import _jester, fetch_jester


@pytest.fixture
def home(tmp_path, monkeypatch):
    remote = tmp_path / "remote.zip"
    with ZipFile(remote, "w") as zipped:
        zipped.writestr("jester_ratings.dat", "1\t\t5\t\t0.219\n1\t\t7\t\t-9.281\n")
    archive = _jester.JESTER.archive._replace(
        url=f"file://localhost{remote}",
        checksum="sha256:" + hashlib.sha256(remote.read_bytes()).hexdigest(),
    )
    tiny = _jester.JESTER._replace(archive=archive, n_ratings=2)
    monkeypatch.setattr(_jester, "JESTER", tiny)
    return tmp_path / "home"


def test_fetches_and_keeps_the_archive(home):
    jokes = fetch_jester(data_home=home)
    assert jokes.frame.to_numpy().tolist() == [[1, 5, 0.219], [1, 7, -9.281]]
    assert jokes.item_frame is None
    assert jokes.timestamp is None
    assert (home / "jester_dataset_2.zip").exists()
    _, y = fetch_jester(data_home=home, download_if_missing=False, return_X_y=True)
    assert y.tolist() == [0.219, -9.281]


def test_missing_data_is_an_oserror(home):
    with pytest.raises(OSError, match="jester_ratings.dat"):
        fetch_jester(data_home=home, download_if_missing=False)
