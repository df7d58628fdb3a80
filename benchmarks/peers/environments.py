"""Build the virtual environment of each peer, and ours.

    python benchmarks/peers/environments.py ENVIRONMENTS [name ...]

makes ENVIRONMENTS/name from requirements/name.txt for each name (all of them if none
is given). What is there already, and as the requirements have it, is left alone. What
pip said goes to ENVIRONMENTS/name.log. Some peers compile for minutes; Spark needs Java
17 or later.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements"
# LensKit needs 3.12 or later, and myFM has wheels for 3.13 only.
PYTHONS = {"lenskit": "3.13", "myfm": "3.13"}


def interpreter(version):
    """Return a Python of this version: on the path, or among pyenv's."""
    on_path = shutil.which(f"python{version}")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = sorted(pyenv.glob(f"versions/{version}.*/bin/python"))
    for candidate in [on_path, *found]:
        # pyenv's own python3.13 is on the path, but refuses where it is not chosen.
        if (
            candidate
            and not subprocess.run(
                [candidate, "-c", ""], stderr=subprocess.DEVNULL
            ).returncode
        ):
            return str(candidate)
    raise RuntimeError(f"no Python {version} found: put python{version} on the path")


def wanted(name):
    """Return what is to be installed: the text of the requirements."""
    return (REQUIREMENTS / f"{name}.txt").read_text()


def build(folder, name):
    """Make the environment of one peer unless it is there; return what was done."""
    home, stamp = folder / name, folder / name / "installed.txt"
    if stamp.exists() and stamp.read_text() == wanted(name):
        return "there already"
    python = interpreter(PYTHONS[name]) if name in PYTHONS else sys.executable
    own = home / "bin" / "python"
    commands = [
        [own, "-m", "pip", "install", "--upgrade", "pip"],
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
