"""MovieTweetings: snapshots inside the repository's archive."""

from zipfile import ZipFile

import pytest

from sklearn_cofi.datasets import _movietweetings, fetch_movietweetings

RATINGS = "1::1074638::0::1365029107\n1::1853728::8::1366576639\n"
MOVIES = "1074638::Skyfall (2012)::Action|Thriller\n1853728::Café (2012)::\n"


@pytest.fixture
def home(tmp_path, monkeypatch):
    remote = tmp_path / "remote.zip"
    root = "MovieTweetings-master"
    with ZipFile(remote, "w") as zipped:
        zipped.writestr(f"{root}/snapshots/10K/ratings.dat", RATINGS)
        zipped.writestr(f"{root}/snapshots/10K/movies.dat", MOVIES)
        zipped.writestr(f"{root}/latest/ratings.dat", RATINGS + "2::3::4::5\n")
        zipped.writestr(f"{root}/latest/movies.dat", MOVIES)
    for name, n_ratings in {"10k": 2, "latest": None, "20k": 2}.items():
        snapshot = _movietweetings.SNAPSHOTS[name]
        archive = snapshot.archive._replace(url=f"file://localhost{remote}")
        tiny = snapshot._replace(archive=archive, n_ratings=n_ratings)
        monkeypatch.setitem(_movietweetings.SNAPSHOTS, name, tiny)
    return tmp_path / "home"


def test_zero_is_a_rating(home):
    tweets = fetch_movietweetings("10k", data_home=home)
    assert tweets.frame.to_numpy().tolist() == [
        [1, 1074638, 0, 1365029107],
        [1, 1853728, 8, 1366576639],
    ]
    assert tweets.item_frame["title"].tolist() == ["Skyfall (2012)", "Café (2012)"]
    assert tweets.item_frame["genres"].tolist() == ["Action|Thriller", ""]


def test_one_archive_holds_every_snapshot(home):
    fetch_movietweetings("10k", data_home=home)
    latest = fetch_movietweetings("latest", data_home=home, download_if_missing=False)
    assert len(latest.target) == 3
    assert [path.name for path in home.iterdir()] == ["MovieTweetings-master.zip"]


def test_a_snapshot_missing_from_the_archive_is_an_error(home):
    with pytest.raises(OSError, match=r"MovieTweetings-master\.zip .* no member"):
        fetch_movietweetings("20k", data_home=home)


def test_real_snapshot_is_as_published(data_home):
    if not (data_home / "movietweetings-100k").is_dir():
        pytest.skip(f"no movietweetings-100k in {data_home}")
    tweets = fetch_movietweetings(data_home=data_home, download_if_missing=False)
    assert tweets.data.nunique().tolist() == [16_554, 10_506]
    assert set(tweets.target) == set(range(11))
