"""Compressed files are read, or refused in one line."""

import bz2
import gzip
import lzma
import re
import sys

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_cofi.cli._compression import decompress
from sklearn_cofi.cli._ids import read_ids, read_titles
from sklearn_cofi.cli._ratings import read_ratings
from sklearn_cofi.cli._results import write_result
from sklearn_cofi.cli._tables import read_table

COMPRESS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
NAMED = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz"}
TEXT = b"user,item,rating\n7,1,5\n7,2,0.5\n3,1,3\n"
EXPECTED = pd.DataFrame({"user": [7, 7, 3], "item": [1, 2, 1], "rating": [5, 0.5, 3]})


def same(read):
    pd.testing.assert_frame_equal(read, EXPECTED, check_dtype=False)


def written(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    return str(tmp_path / name)


@pytest.mark.parametrize("suffix", COMPRESS)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ratings.csv", TEXT),
        ("ratings.CSV", TEXT),
        ("ratings.tsv", TEXT.replace(b",", b"\t")),
        ("u.data", b"7\t1\t5\n7\t2\t0.5\n3\t1\t3\n"),
        ("ratings.dat", b"7::1::5\n7::2::0.5\n3::1::3\n"),
        ("ratings", b"7 1 5\n7 2 0.5\n3 1 3\n"),
    ],
)
def test_names_and_first_lines_give_the_format_of_the_content(
    tmp_path, suffix, name, text
):
    same(read_ratings(written(tmp_path, name + suffix, COMPRESS[suffix](text))))


@pytest.mark.parametrize("suffix", COMPRESS)
def test_compressed_files_without_a_suffix_are_recognised_by_their_bytes(
    tmp_path, run, suffix
):
    data = COMPRESS[suffix](TEXT)
    same(read_ratings(written(tmp_path, "ratings", data)))
    done = run("fit", "-", "-o", tmp_path / "model.npz", stdin=data)
    assert done.status == 0
    assert "ratings      3\n" in done.out


@pytest.mark.parametrize("suffix", COMPRESS)
def test_files_in_several_parts_are_read_whole(tmp_path, suffix):
    data = COMPRESS[suffix](TEXT[:23]) + COMPRESS[suffix](TEXT[23:])
    same(read_ratings(written(tmp_path, "ratings.csv" + suffix, data)))


def test_parquet_may_be_compressed_once_more(tmp_path):
    EXPECTED.to_parquet(tmp_path / "plain.parquet")
    data = gzip.compress((tmp_path / "plain.parquet").read_bytes())
    same(read_ratings(written(tmp_path, "ratings.parquet.gz", data)))


def test_titles_and_ids_may_be_compressed(tmp_path):
    titles = written(tmp_path, "movies.csv.gz", gzip.compress(b"item,title\n1,One\n"))
    ids = EXPECTED["item"].to_numpy()
    assert read_titles(titles, ids).to_dict() == {1: "One"}
    assert read_ids(written(tmp_path, "ids.xz", lzma.compress(b"1\n2\n")), ids, "item")


@pytest.mark.parametrize("suffix", COMPRESS)
@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-9],
        lambda data: data[:20],
        lambda data: data + b"junk" if data[:2] == b"\x1f\x8b" else data[:-1],
        lambda data: TEXT,
        lambda data: data[:30] + bytes([data[30] ^ 255]) + data[31:],
    ],
)
def test_damaged_archives_are_refused_in_one_line(tmp_path, refused, suffix, damage):
    data = damage(COMPRESS[suffix](TEXT * 9))
    path = written(tmp_path, "ratings.csv" + suffix, data)
    line = refused("fit", path, "-o", tmp_path / "model.npz")
    assert f"{path} is not a valid {NAMED[suffix]} file: " in line


def test_an_archive_of_an_empty_file_is_refused(tmp_path, refused):
    path = written(tmp_path, "ratings.csv.gz", gzip.compress(b""))
    assert f"{path} is empty" in refused("fit", path, "-o", tmp_path / "model.npz")


def test_text_that_begins_like_bz2_is_text(tmp_path):
    path = written(tmp_path, "ratings", b"BZh9,1,5\nBZh9,2,3\n")
    assert read_table(path)[0].tolist() == ["BZh9", "BZh9"]


@given(
    suffix=st.sampled_from(sorted(COMPRESS)),
    place=st.integers(0, 40),
    cut=st.integers(0, 9),
    put=st.binary(max_size=9),
)
def test_damaged_bytes_are_decompressed_or_refused(suffix, place, cut, put):
    data = bytearray(COMPRESS[suffix](TEXT))
    data[place : place + cut] = put
    try:
        decompress(bytes(data), NAMED[suffix], "ratings.gz")
    except ValueError as error:
        assert re.match("ratings.gz is not a valid .* file: .+", str(error))  # noqa: PT017


def test_zstd_needs_a_library(tmp_path, refused, monkeypatch):
    for name in ("compression", "compression.zstd", "zstandard"):
        monkeypatch.setitem(sys.modules, name, None)
    path = written(tmp_path, "ratings.csv.zst", b"\x28\xb5\x2f\xfd")
    line = refused("fit", path, "-o", tmp_path / "model.npz")
    assert "pip install zstandard" in line


def test_zstd_is_read_and_written_if_a_library_is_installed(tmp_path, refused):
    zstandard = pytest.importorskip("zstandard", reason="zstandard is not installed")
    compress = zstandard.ZstdCompressor().compress
    data = compress(TEXT[:23]) + compress(TEXT[23:])
    same(read_ratings(written(tmp_path, "ratings.csv.zst", data)))
    same(read_ratings(written(tmp_path, "ratings", data)))
    write_result(EXPECTED, str(tmp_path / "written.csv.zst"), False)
    same(read_table(str(tmp_path / "written.csv.zst")))
    for damaged in (data[:-3], data + b"junk", TEXT):
        path = written(tmp_path, "damaged.csv.zst", damaged)
        line = refused("fit", path, "-o", tmp_path / "model.npz")
        assert "is not a valid zstd file" in line
