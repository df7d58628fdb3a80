"""The how-to's reader, on a PostgreSQL server that the test starts for itself."""

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
# initdb refuses to run as root: then somebody without rights owns server and folder.
SERVANT = "nobody" if os.name == "posix" and os.geteuid() == 0 else None


def programs():
    """Return the folder of initdb and postgres; Debian has it outside PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in [Path(shutil.which("initdb") or "").parent, *folders]:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    pytest.skip("there is no PostgreSQL here")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read_ratings():
    """Return the function of that name in the how-to."""
    page = (ROOT / "docs" / "howto" / "databases.md").read_text()
    names = {}
    for example in doctest.DocTestParser().get_examples(page):
        if example.source.startswith(("import pandas", "def read_ratings")):
            exec(example.source, names)
    return names["read_ratings"]


@pytest.fixture
def connection():
    """A connection to a server in a folder that goes when the test does."""
    native = pytest.importorskip("pg8000.native")
    found, port = programs(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        if SERVANT:
            shutil.chown(folder, SERVANT)

        def run(program, *arguments):
            done = subprocess.run(
                [found / program, "-D", f"{folder}/data", *arguments],
                user=SERVANT,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # a pipe would wait for the server's end
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
def test_ratings_come_out_of_the_database_bit_for_bit(connection):
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
    connection.run("INSERT INTO reviews VALUES (1, 1, NULL)")  # not a rating
    read = read_ratings()(connection)
    assert list(read) == ["user", "item", "rating"]
    np.testing.assert_array_equal(read["rating"], y)
    here, there = (
        CollaborativeFilter(3, reg_param=1.0, random_state=0).fit(ratings)
        for ratings in (X.assign(rating=y), read)
    )
    np.testing.assert_array_equal(there.item_factors_, here.item_factors_)
