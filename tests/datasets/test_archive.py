"""An archive is found, downloaded and opened, or an error is raised."""

import hashlib
from traceback import format_exception
from urllib.error import ContentTooShortError
from zipfile import ZIP_STORED, ZipFile

import pytest
import sklearn.datasets._base as sklearn_base

from sklearn_cofi.datasets._archive import Archive, is_present, open_archive

TEXT = b"1\t2\t3\n" * 100
MEMBERS = ("ratings.txt", "ratings.parquet")


@pytest.fixture
def remote(tmp_path):
    """Return the path of a valid archive, which a file URL serves."""
    path = tmp_path / "remote" / "set.zip"
    path.parent.mkdir()
    with ZipFile(path, "w", ZIP_STORED) as zipped:
        zipped.writestr("set/ratings.txt", TEXT)
    return path


@pytest.fixture
def home(tmp_path):
    path = tmp_path / "home"
    path.mkdir()
    return path


def archive_of(remote, **changes):
    archive = Archive(
        "set.zip",
        f"file://localhost{remote}",
        "md5:" + hashlib.md5(remote.read_bytes()).hexdigest(),
        ("set", "unpacked/set"),
        "https://example.org",
    )
    return archive._replace(**changes)


def read(archive, home, **changes):
    settings = {"download_if_missing": True, "n_retries": 1, "delay": 0.01, **changes}
    with open_archive(archive, MEMBERS, data_home=home, **settings) as folder:
        return (folder / "ratings.txt").read_bytes()


def shows_one_traceback(error):
    """Return whether Python prints the error without the errors that led to it."""
    return "".join(format_exception(error)).count("Traceback") == 1


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_download_is_verified_and_kept(remote, home, algorithm):
    digest = hashlib.new(algorithm, remote.read_bytes()).hexdigest()
    archive = archive_of(remote, checksum=f"{algorithm}:{digest}")
    assert not is_present(archive, MEMBERS, home)
    assert read(archive, home) == TEXT
    assert [path.name for path in home.iterdir()] == ["set.zip"]
    assert is_present(archive, MEMBERS, home)
    remote.unlink()
    assert read(archive, home, download_if_missing=False) == TEXT


@pytest.mark.parametrize("name", ["set", "unpacked/set"])
def test_unpacked_folder_is_read_first(remote, home, name):
    (home / name).mkdir(parents=True)
    (home / name / "ratings.txt").write_bytes(b"mine")
    assert is_present(archive_of(remote), MEMBERS, home)
    assert read(archive_of(remote), home) == b"mine"


def test_a_folder_with_a_parquet_file_is_the_data_set(remote, home):
    (home / "set").mkdir()
    (home / "set" / "ratings.parquet").touch()
    with open_archive(
        archive_of(remote), MEMBERS, data_home=home, download_if_missing=False,
        n_retries=1, delay=1,
    ) as folder:  # fmt: skip
        assert folder == home / "set"


def test_folder_without_ratings_does_not_hide_the_archive(remote, home):
    (home / "set").mkdir()
    assert read(archive_of(remote), home) == TEXT


def test_members_without_a_folder_are_found(remote, home):
    with ZipFile(remote, "w") as zipped:
        zipped.writestr("ratings.txt", b"at the root")
    assert read(archive_of(remote), home) == b"at the root"


def test_the_error_of_missing_data_names_all_paths(remote, home):
    with pytest.raises(FileNotFoundError, match="download_if_missing=True") as error:
        read(archive_of(remote), home, download_if_missing=False)
    for path in (home / "set", home / "unpacked/set", home / "set.zip"):
        assert str(path) in str(error.value)


def test_without_a_url_the_error_names_the_homepage(remote, home):
    archive = archive_of(remote, filename=None, url=None)
    with pytest.raises(FileNotFoundError, match=r"login: get it from https://example"):
        read(archive, home)


def test_a_download_with_a_wrong_checksum_is_not_kept(remote, home):
    archive = archive_of(remote, checksum="md5:" + "0" * 32)
    with pytest.raises(
        OSError, match=rf"set\.zip was not kept.*expected {'0' * 32}"
    ) as error:
        read(archive, home)
    assert shows_one_traceback(error.value)
    assert list(home.iterdir()) == []


def test_the_error_of_a_wrong_checksum_on_disk_says_delete_it(remote, home):
    (home / "set.zip").write_bytes(remote.read_bytes() + b"?")
    with pytest.raises(OSError, match=rf"{home}/set\.zip is damaged.*Delete it"):
        read(archive_of(remote), home)


def cut(path):
    path.write_bytes(path.read_bytes()[:-30])


def flip(path):
    content = path.read_bytes()
    path.write_bytes(content.replace(b"1\t2\t3", b"1\t2\t4", 1))


@pytest.mark.parametrize("damage", [cut, flip])
def test_damage_is_found_without_a_checksum(remote, home, damage):
    damage(remote)
    archive = archive_of(remote, checksum=None)
    with pytest.raises(OSError, match=r"set\.zip was not kept"):
        read(archive, home)
    assert list(home.iterdir()) == []
    (home / "set.zip").write_bytes(remote.read_bytes())
    with pytest.raises(
        OSError, match=rf"{home}/set\.zip is damaged.*Delete it"
    ) as error:
        read(archive, home)
    assert shows_one_traceback(error.value)


def test_missing_member_is_named(remote, home):
    with ZipFile(remote, "w") as zipped:
        zipped.writestr("set/readme.txt", b"")
    with pytest.raises(OSError, match=r"set\.zip is damaged.*no member ratings\.txt"):
        read(archive_of(remote), home)


def test_names_in_the_zip_are_never_paths_on_disk(remote, home):
    with ZipFile(remote, "w") as zipped:
        zipped.writestr("set/ratings.txt", TEXT)
        zipped.writestr("../escaped.txt", b"out of the folder")
    assert read(archive_of(remote), home) == TEXT
    assert [path.name for path in home.iterdir()] == ["set.zip"]
    assert not (home.parent / "escaped.txt").exists()


def test_unreachable_server_is_retried_then_named(remote, home):
    archive = archive_of(remote)
    remote.unlink()
    with (
        pytest.warns(UserWarning, match="Retry downloading"),
        pytest.raises(
            OSError, match=r"Could not download .*get set\.zip from https"
        ) as error,
    ):
        read(archive, home)
    assert shows_one_traceback(error.value)
    assert list(home.iterdir()) == []


def test_a_truncated_download_is_not_kept(remote, home, monkeypatch):
    def cut_short(url, path):
        path.write_bytes(remote.read_bytes()[:50])
        raise ContentTooShortError("got 50 bytes", None)

    monkeypatch.setattr(sklearn_base, "urlretrieve", cut_short)
    with (
        pytest.warns(UserWarning, match="Retry downloading"),
        pytest.raises(OSError, match="Could not download"),
    ):
        read(archive_of(remote), home)
    assert list(home.iterdir()) == []


def test_a_failed_download_is_retried(remote, home, monkeypatch):
    genuine, failures = sklearn_base.urlretrieve, [1, 2]

    def flaky(url, path):
        if failures:
            failures.pop()
            raise TimeoutError
        return genuine(url, path)

    monkeypatch.setattr(sklearn_base, "urlretrieve", flaky)
    with pytest.warns(UserWarning, match="Retry downloading"):
        assert read(archive_of(remote), home, n_retries=2) == TEXT
