"""Last.fm: counts of plays in place of ratings, and names of artists."""

import hashlib
from zipfile import ZipFile

import pytest

from sklearn_cofi.datasets import _lastfm, fetch_lastfm

PLAYS = "userID\tartistID\tweight\r\n2\t51\t13883\r\n2\t52\t1\r\n"
ARTISTS = 'id\tname\turl\tpictureURL\n51\tDuran Duran\tu\tp\n52\t"Café" Tacvba\tu\t\n'


@pytest.fixture
def home(tmp_path, monkeypatch):
    remote = tmp_path / "remote.zip"
    with ZipFile(remote, "w") as zipped:
        zipped.writestr("user_artists.dat", PLAYS)
        zipped.writestr("artists.dat", ARTISTS)
    archive = _lastfm.LASTFM.archive._replace(
        url=f"file://localhost{remote}",
        checksum="sha256:" + hashlib.sha256(remote.read_bytes()).hexdigest(),
    )
    tiny = _lastfm.LASTFM._replace(archive=archive, n_ratings=2)
    monkeypatch.setattr(_lastfm, "LASTFM", tiny)
    return tmp_path / "home"


def test_plays_are_not_called_ratings(home):
    music = fetch_lastfm(data_home=home)
    assert list(music.frame.columns) == ["user", "item", "plays"]
    assert music.frame.to_numpy().tolist() == [[2, 51, 13883], [2, 52, 1]]
    assert (music.target.name, music.target_names) == ("plays", ["plays"])
    assert music.item_frame["title"].tolist() == ["Duran Duran", '"Café" Tacvba']
    assert music.timestamp is None
    assert (home / "hetrec2011-lastfm-2k.zip").exists()
    X, plays = fetch_lastfm(data_home=home, download_if_missing=False, return_X_y=True)
    assert (X.shape, plays.tolist()) == ((2, 2), [13883, 1])


def test_missing_data_is_an_oserror(home):
    with pytest.raises(OSError, match=r"user_artists\.dat"):
        fetch_lastfm(data_home=home, download_if_missing=False)


def test_a_row_of_another_shape_is_named(home):
    folder = home / "hetrec2011-lastfm-2k"
    folder.mkdir(parents=True)
    (folder / "user_artists.dat").write_text(PLAYS)
    (folder / "artists.dat").write_text(ARTISTS + "53\tNo address\n")
    with pytest.raises(ValueError, match=r"artists\.dat, entry 4: expected 4 fields"):
        fetch_lastfm(data_home=home)
    (folder / "user_artists.dat").write_text(PLAYS + "2\t53\tmany\n")
    with pytest.raises(ValueError, match=r"user_artists\.dat, line 4: expected"):
        fetch_lastfm(data_home=home)


def test_real_plays_are_as_published(data_home):
    if not (data_home / "hetrec2011-lastfm-2k").is_dir():
        pytest.skip(f"no hetrec2011-lastfm-2k in {data_home}")
    music = fetch_lastfm(data_home=data_home, download_if_missing=False)
    assert music.data.nunique().tolist() == [1892, 17_632]
    assert not music.data.duplicated().any()
    assert (music.target.min(), music.target.max()) == (1, 352_698)
    assert set(music.item_frame["item"]) == set(music.data["item"])
