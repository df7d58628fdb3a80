"""Fixtures: two models, their files, and a path of each kind to save them at."""

import pytest
from saved_models import fitted

from sklearn_cofi import save_npz


@pytest.fixture(scope="package")
def models():
    """Two models and the bytes of their files."""
    return [fitted()[0], fitted("pair")[0]]


@pytest.fixture(scope="package")
def contents(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("contents") / "model.npz"
    found = []
    for model in models:
        save_npz(model, path)
        found.append(path.read_bytes())
    return found


@pytest.fixture(params=["new", "there", "linked"])
def path(request, tmp_path, contents):
    """Path of a file that is not there, there, or behind a link."""
    target = tmp_path / "folder" / "1.npz"
    target.parent.mkdir()
    if request.param != "new":
        target.write_bytes(contents[0])
        target.chmod(0o640)
    if request.param != "linked":
        return target
    (tmp_path / "model.npz").symlink_to(target)
    return tmp_path / "model.npz"
