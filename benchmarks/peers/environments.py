"""Build the virtual environment of each peer, and ours.

    python benchmarks/peers/environments.py ENVIRONMENTS [name ...]

It builds ENVIRONMENTS/name from requirements/name.txt for each name (all names if none
is given). Environments that match their requirements are kept. The output of pip goes
to ENVIRONMENTS/name.log. Some peers compile for minutes; Spark needs Java 17 or later.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements"
# LensKit needs 3.12 or later, myFM has wheels only for 3.13, and LightFM was compiled
# only with 3.10.
PYTHONS = {"lenskit": "3.13", "myfm": "3.13", "lightfm": "3.10"}
# Later versions of pip build LightFM by PEP 517, where its setup.py fails:
# "'dict' object has no attribute '__LIGHTFM_SETUP__'".
PIPS = {"lightfm": "pip<23.1"}


def interpreter(version):
    """Return the path of a Python of this version, from PATH or from pyenv."""
    on_path = shutil.which(f"python{version}")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = sorted(pyenv.glob(f"versions/{version}.*/bin/python"))
    for candidate in [on_path, *found]:
        # pyenv's stub is on PATH, but fails if pyenv has not selected this version.
        if (
            candidate
            and not subprocess.run(
                [candidate, "-c", ""], stderr=subprocess.DEVNULL
            ).returncode
        ):
            return str(candidate)
    raise RuntimeError(f"no Python {version} found: put python{version} on the path")


def wanted(name):
    """Return the text of the requirements."""
    return (REQUIREMENTS / f"{name}.txt").read_text()


def build(folder, name):
    """Build the environment of one peer if it is missing; return a status message."""
    home, stamp = folder / name, folder / name / "installed.txt"
    if stamp.exists() and stamp.read_text() == wanted(name):
        return "up to date"
    python = interpreter(PYTHONS[name]) if name in PYTHONS else sys.executable
    own = home / "bin" / "python"
    commands = [
        [own, "-m", "pip", "install", "--upgrade", PIPS.get(name, "pip")],
        [own, "-m", "pip", "install", "-r", f"requirements/{name}.txt"],
    ]
    if not own.exists():
        commands.insert(0, [python, "-m", "venv", home])
    with open(folder / f"{name}.log", "w") as log:
        for command in commands:
            subprocess.run(command, check=True, cwd=HERE, stdout=log, stderr=log)
    stamp.write_text(wanted(name))
    return "built"


def main(folder, *names):
    folder = Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    failed = []
    for name in names or sorted(path.stem for path in REQUIREMENTS.glob("*.txt")):
        try:
            print(f"{name}: {build(folder, name)}", flush=True)
        except (RuntimeError, OSError, subprocess.CalledProcessError) as problem:
            failed.append(name)
            print(f"{name}: FAILED, see {folder / name}.log: {problem}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
