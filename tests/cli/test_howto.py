"""Each line of the how-to runs, on files that match its description."""

import contextlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "command-line.md"
BLOCKS = re.findall(r"```bash\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def folder(tmp_path, frame):
    times = np.random.default_rng(0).permutation(len(frame))
    frame = frame.assign(timestamp=times)
    frame = pd.concat([frame, pd.DataFrame({"user": 1, "item": [1, 2, 3, 4]})])
    frame = frame.drop_duplicates(["user", "item"]).fillna(3)
    frame[["timestamp"]] = frame[["timestamp"]].astype(int)
    frame.to_csv(tmp_path / "ratings.csv", index=False)
    frame[:300].to_csv(tmp_path / "test.csv", index=False)
    frame.to_csv(tmp_path / "u.data", sep="\t", index=False, header=False)
    lines = ("::".join(map(str, row)) for row in frame.itertuples(index=False))
    (tmp_path / "ratings.dat").write_text("\n".join(lines))
    names = {"user": "who", "item": "what", "rating": "stars"}
    frame.rename(columns=names).to_csv(tmp_path / "stars.csv", index=False)
    frame[["item", "rating"]][:1].to_csv(tmp_path / "new.csv", index=False)
    plays = frame[["user", "item"]].assign(plays=2)
    plays.to_csv(tmp_path / "plays.csv", index=False)
    (tmp_path / "items.csv").write_text("item\n1\n2\n")
    pairs = frame[["user", "item"]][:3].assign(campaign="007")
    pairs.to_csv(tmp_path / "pairs.csv", index=False)
    titles = pd.DataFrame({"movieId": range(60), "title": "A title"})
    titles["genres"] = ["Comedy", "Drama|War", "War"] * 20
    users = [f"{k}|{20 + k % 40}|{'MF'[k % 2]}|{'ab'[k % 2]}" for k in range(80)]
    (tmp_path / "u.user").write_text("\n".join(users))
    titles.to_csv(tmp_path / "movies.csv", index=False)
    return tmp_path


def run_in_shell(line, folder):
    command = f"{sys.executable} -m sklearn_cofi"
    return subprocess.run(
        ["bash", "-c", line.replace("sklearn-cofi", command)],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        check=False,
    )


@pytest.mark.slow
def test_every_line_of_the_page_runs(folder, run):
    """Lines run in order, because later ones load the models of earlier ones."""
    lines = [line for block in BLOCKS for line in block.splitlines()]
    assert lines
    for line in lines:
        first, *arguments = shlex.split(line)
        if first == "sklearn-cofi" and not {"|", ">"} & set(arguments):
            with contextlib.chdir(folder):
                done = run(*arguments)
            assert done.status == 0, (line, done.err)
            written = "-o" in arguments and "-" not in arguments
            assert done.out or written, line
        else:
            done = run_in_shell(line, folder)
            assert (done.returncode, "error:" in done.stderr) == (0, False), done
    assert (folder / "recommended.json").stat().st_size > 1000
    best = pd.read_parquet(folder / "recommended.parquet")
    assert best["rank"].max() == 20
    predicted = (folder / "predicted.csv").read_text().splitlines()
    assert predicted[0] == "user,item,campaign,prediction"
    assert len(predicted) == 4
