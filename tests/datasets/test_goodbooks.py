"""goodbooks-10k: two releases, recognised by their folders."""

import hashlib
from zipfile import ZipFile

import pytest

from sklearn_cofi.datasets import _goodbooks, fetch_goodbooks

FILES_6M = {
    "ratings.csv": "user_id,book_id,rating\n1,258,5\n2,4081,4\n",
    "books.csv": "book_id,goodreads_book_id,authors,title\n258,10,Zafón,The Shadow\n",
}
# The first release has the columns in another order, and "id" is the id of a book.
FILES_1M = {
    "ratings.csv": "book_id,user_id,rating\n258,3,1\n",
    "books.csv": "id,book_id,authors,title\n258,10,Zafón,The Shadow\n",
}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return an empty data_home, with a small archive to download elsewhere."""
    remote = tmp_path / "remote.zip"
    with ZipFile(remote, "w") as zipped:
        for member, text in FILES_6M.items():
            zipped.writestr(member, text)
    archive = _goodbooks.RELEASES["6m"].archive._replace(
        url=f"file://localhost{remote}",
        checksum="sha256:" + hashlib.sha256(remote.read_bytes()).hexdigest(),
    )
    for name, changes in {
        "6m": {"archive": archive, "n_ratings": 2},
        "1m": {"n_ratings": 1},
    }.items():
        tiny = _goodbooks.RELEASES[name]._replace(**changes)
        monkeypatch.setitem(_goodbooks.RELEASES, name, tiny)
    return tmp_path / "home"


def unpack(folder, files):
    folder.mkdir(parents=True)
    for member, text in files.items():
        (folder / member).write_text(text, encoding="utf-8")


def test_the_larger_release_is_downloaded_if_none_is_on_disk(home):
    books = fetch_goodbooks(data_home=home)
    assert books.frame.to_numpy().tolist() == [[1, 258, 5], [2, 4081, 4]]
    assert books.item_frame.to_numpy().tolist() == [[258, "The Shadow", "Zafón"]]
    assert books.timestamp is None
    assert [path.name for path in home.iterdir()] == ["goodbooks-10k.zip"]


def test_the_first_release_is_read_if_only_it_is_on_disk(home):
    unpack(home / "goodbooks-10k-1m", FILES_1M)
    books = fetch_goodbooks(data_home=home)
    assert books.frame.to_numpy().tolist() == [[3, 258, 1]]
    assert books.item_frame["item"].tolist() == [258]
    assert books.DESCR.startswith("goodbooks-10k, 1m")


def test_the_name_decides_if_both_are_on_disk(home):
    unpack(home / "goodbooks-10k-1m", FILES_1M)
    unpack(home / "goodbooks-10k", FILES_6M)
    assert len(fetch_goodbooks(data_home=home).target) == 2
    assert len(fetch_goodbooks("6m", data_home=home).target) == 2
    assert len(fetch_goodbooks("1m", data_home=home).target) == 1


def test_first_release_cannot_be_downloaded(home):
    with pytest.raises(FileNotFoundError, match=r"login: get it from https://www.kagg"):
        fetch_goodbooks("1m", data_home=home)


def test_real_first_release_is_as_published(data_home):
    if not (data_home / "goodbooks-10k-1m").is_dir():
        pytest.skip(f"no goodbooks-10k-1m in {data_home}")
    books = fetch_goodbooks("1m", data_home=data_home, download_if_missing=False)
    assert books.data.nunique().tolist() == [53_424, 10_000]
    assert set(books.target) == {1, 2, 3, 4, 5}
    assert books.data.duplicated().sum() == 2278
