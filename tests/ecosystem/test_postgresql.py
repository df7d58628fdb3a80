"""The function of the database how-to, on a PostgreSQL server of this test."""

import doctest
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pytest

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import make_ratings

ROOT = Path(__file__).parents[2]
USER = "reader"
# initdb does not run as root, so a user without rights owns the server and its folder.
SERVER_USER = "nobody" if os.name == "posix" and os.geteuid() == 0 else None


def programs():
    """Return the folder of initdb and pg_ctl, which is not on PATH in Debian."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in [Path(shutil.which("initdb") or "").parent, *folders]:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    pytest.skip("PostgreSQL is not installed")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read_ratings():
    """Return the function `read_ratings` of the how-to."""
    page = (ROOT / "docs" / "howto" / "databases.md").read_text()
    names = {}
    for example in doctest.DocTestParser().get_examples(page):
        if example.source.startswith(("import pandas", "def read_ratings")):
            exec(example.source, names)
    return names["read_ratings"]


@pytest.fixture
def connection():
    """A connection to a server in a temporary folder."""
    native = pytest.importorskip("pg8000.native")
    binaries, port = programs(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        if SERVER_USER:
            shutil.chown(folder, SERVER_USER)

        def run(program, *arguments):
            done = subprocess.run(
                [binaries / program, "-D", f"{folder}/data", *arguments],
                user=SERVER_USER,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                # A pipe would stay open until the server ends.
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=120,
            )
            assert done.returncode == 0, program

        run("initdb", "-U", USER, "--auth=trust", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -F"
        run("pg_ctl", "start", "-w", "-l", f"{folder}/log", "-o", options)
        try:
            with native.Connection(
                USER, host="127.0.0.1", port=port, database="postgres"
            ) as opened:
                yield opened
        finally:
            run("pg_ctl", "stop", "-w", "-m", "immediate")


@pytest.mark.slow
def test_ratings_are_read_from_the_database_bit_for_bit(connection):
    X, y = make_ratings(500, n_users=30, n_items=20, rank=2, random_state=0)
    connection.run(
        "CREATE TABLE reviews (customer integer, product integer, stars numeric)"
    )
    for (user, item), rating in zip(X.to_numpy().tolist(), y.tolist(), strict=True):
        connection.run(
            "INSERT INTO reviews VALUES (:user, :item, CAST(:rating AS numeric))",
            user=user,
            item=item,
            rating=repr(rating),
        )
    connection.run("INSERT INTO reviews VALUES (1, 1, NULL)")  # to be left out
    read = read_ratings()(connection)
    assert list(read) == ["user", "item", "rating"]
    np.testing.assert_array_equal(read["rating"], y)
    from_frame, from_database = (
        CollaborativeFilter(3, reg_param=1.0, random_state=0).fit(ratings)
        for ratings in (X.assign(rating=y), read)
    )
    np.testing.assert_array_equal(from_database.item_factors_, from_frame.item_factors_)
