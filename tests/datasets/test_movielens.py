"""MovieLens: the layout of every release in small archives, and the real data."""

import hashlib
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest

from sklearn_cofi.datasets import _movielens, fetch_movielens, movielens_100k_folds

FLAGS = "0|0|0|0|0|1" + "|0" * 13
CSV = {
    "ratings.csv": "userId,movieId,rating,timestamp\n1,7,4.5,10\n2,7,0.5,20\n",
    "movies.csv": "movieId,title,genres\n7,Café (1995),Comedy\n",
}
DAT = {
    "ratings.dat": "1::7::4.5::10\n2::7::0.5::20\n",
    "movies.dat": "7::Café (1995)::Comedy\n",
}
LAYOUTS = {
    "100k": (
        "ml-100k",
        "latin-1",
        {
            "u.data": "1\t7\t4.5\t10\n2\t7\t0.5\t20\n",
            "u.item": f"7|Café (1995)|||{'x'}|{FLAGS}\n",
            "u.user": "1|24|M|writer|85711\n2|53|F|other|T8H1N\n",
        },
    ),
    "latest-small": ("ml-latest-small", "utf-8", CSV),
    "1m": (
        "ml-1m",
        "latin-1",
        DAT | {"users.dat": "1::F::1::10::48067\n2::M::56::0::70072-1234\n"},
    ),
    "10m": ("ml-10M100K", "utf-8", DAT),
    "20m": ("ml-20m", "utf-8", CSV),
    "25m": ("ml-25m", "utf-8", CSV),
    "32m": ("ml-32m", "utf-8", CSV),
}


@pytest.fixture
def serve(tmp_path, monkeypatch):
    """Return a function that serves a small archive of a release by a file URL."""

    def put(name):
        folder, encoding, files = LAYOUTS[name]
        remote = tmp_path / "remote.zip"
        with ZipFile(remote, "w") as zipped:
            for member, text in files.items():
                zipped.writestr(f"{folder}/{member}", text.encode(encoding))
        release = _movielens.RELEASES[name]
        archive = release.archive._replace(
            url=f"file://localhost{remote}",
            checksum="sha256:" + hashlib.sha256(remote.read_bytes()).hexdigest(),
        )
        tiny = release._replace(archive=archive, n_ratings=2)
        monkeypatch.setitem(_movielens.RELEASES, name, tiny)
        return tmp_path / "home"

    return put


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_release_is_fetched(serve, name):
    home = serve(name)
    movies = fetch_movielens(name, data_home=home)
    assert movies.frame.to_numpy().tolist() == [[1, 7, 4.5, 10], [2, 7, 0.5, 20]]
    assert movies.timestamp.tolist() == [10, 20]
    assert list(movies.item_frame) == ["item", "title", "genres", "year"]
    assert movies.item_frame.to_numpy().tolist() == [
        [7, "Café (1995)", "Comedy", 1995.0]
    ]
    assert f"MovieLens {name}\n" in movies.DESCR
    assert [path.name for path in home.iterdir()] == [f"ml-{name}.zip"]
    # The archive is kept, so a second call needs no network.
    X, y = fetch_movielens(
        name, data_home=home, download_if_missing=False, return_X_y=True, as_frame=False
    )
    np.testing.assert_array_equal(X, [[1, 7], [2, 7]])
    np.testing.assert_array_equal(y, [4.5, 0.5])


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("100k", [1, 24, "M", "writer", "85711"], [2, 53, "F", "other", "T8H1N"]),
        (
            "1m",
            [1, "under 18", "F", "K-12 student", "48067"],
            [2, "56+", "M", "other or not specified", "70072-1234"],
        ),
    ],
)
def test_users_are_described_where_the_release_does(serve, name, first, second):
    users = fetch_movielens(name, data_home=serve(name)).user_frame
    assert list(users) == ["user", "age", "gender", "occupation", "zip_code"]
    assert users["user"].dtype == np.int32
    assert users.to_numpy().tolist() == [first, second]


@pytest.mark.parametrize("name", ["latest-small", "10m", "32m"])
def test_other_releases_do_not_describe_users(serve, name):
    assert fetch_movielens(name, data_home=serve(name)).user_frame is None


def test_the_number_of_ratings_is_checked(serve, monkeypatch):
    home = serve("1m")
    longer = _movielens.RELEASES["1m"]._replace(n_ratings=3)
    monkeypatch.setitem(_movielens.RELEASES, "1m", longer)
    with pytest.raises(ValueError, match=r"ratings\.dat holds 2 ratings, expected 3"):
        fetch_movielens("1m", data_home=home)


def test_folder_without_titles_has_no_items(serve, tmp_path):
    home = serve("20m")
    (home / "ml-20m").mkdir(parents=True)
    (home / "ml-20m" / "ratings.csv").write_text(CSV["ratings.csv"])
    movies = fetch_movielens("20m", data_home=home, download_if_missing=False)
    assert movies.item_frame is None
    assert movies.user_frame is None
    assert movies.filename == str(home / "ml-20m")


def test_missing_data_is_an_oserror(tmp_path):
    with pytest.raises(OSError, match=r"ml-25m\.zip"):
        fetch_movielens("25m", data_home=tmp_path, download_if_missing=False)


@pytest.mark.parametrize(
    "wrong", [{"name": "2m"}, {"n_retries": 0}, {"delay": 0}, {"as_frame": 1.5}]
)
def test_wrong_parameters_are_errors(tmp_path, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        fetch_movielens(data_home=tmp_path, download_if_missing=False, **wrong)


@pytest.mark.parametrize("name", LAYOUTS)
def test_checksums_are_whole(name):
    algorithm, digest = _movielens.RELEASES[name].archive.checksum.split(":")
    assert len(bytes.fromhex(digest)) == hashlib.new(algorithm).digest_size


def test_the_number_of_ratings_of_a_fold_is_checked(tmp_path):
    folder = tmp_path / "ml-100k"
    folder.mkdir()
    (folder / "u1.base").write_text("1\t2\t3\t4\n")
    with pytest.raises(ValueError, match=r"u1\.base holds 1 ratings, expected 80,000"):
        movielens_100k_folds(data_home=tmp_path)


def real(data_home, name):
    if not (data_home / f"ml-{name}").is_dir():
        pytest.skip(f"no ml-{name} in {data_home}")
    return fetch_movielens(name, data_home=data_home, download_if_missing=False)


@pytest.mark.parametrize(
    ("name", "n_users", "n_items", "scale"),
    [
        ("100k", 943, 1682, range(1, 6)),
        ("latest-small", 610, 9724, np.arange(1, 11) / 2),
        ("1m", 6040, 3706, range(1, 6)),
    ],
)
def test_real_release_is_as_published(data_home, name, n_users, n_items, scale):
    movies = real(data_home, name)
    assert movies.data["user"].nunique() == n_users
    assert movies.data["item"].nunique() == n_items
    assert set(movies.target) == set(scale)
    assert not movies.data.duplicated().any()
    if movies.item_frame is not None:
        title = movies.item_frame.set_index("item")["title"]
        assert title[1] == "Toy Story (1995)"
        assert movies.data["item"].isin(title.index).all()
        assert movies.item_frame["year"].isna().mean() < 0.01
    if movies.user_frame is not None:
        assert movies.user_frame["user"].tolist() == list(range(1, n_users + 1))
        assert set(movies.user_frame["gender"]) == {"F", "M"}
        assert movies.user_frame["occupation"].nunique() == 21


def test_real_folds_partition_the_ratings(data_home):
    ratings = real(data_home, "100k").frame
    folds = movielens_100k_folds(data_home=data_home, download_if_missing=False)
    by_pair = ["user", "item"]
    everything = ratings.sort_values(by_pair, ignore_index=True)
    tests = pd.concat([test for _, test in folds])
    pd.testing.assert_frame_equal(
        tests.sort_values(by_pair, ignore_index=True), everything
    )
    for fold in folds:
        pd.testing.assert_frame_equal(
            pd.concat(fold).sort_values(by_pair, ignore_index=True), everything
        )
