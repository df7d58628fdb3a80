"""Files that the fuzzer found, and random changes of them, are read or refused."""

from pathlib import Path

import pytest
from fuzz.targets import TARGETS
from hypothesis import given
from hypothesis import strategies as st

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(path for path in CORPUS.glob("*/*") if path.is_file())


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}"
)
def test_a_file_of_the_corpus_is_read_or_refused(path):
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
def test_a_changed_file_is_read_or_refused(name, data):
    seed = data.draw(st.sampled_from([p for p in FILES if p.parent.name == name]))
    whole = bytearray(seed.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, len(whole)))
        whole[position : position + data.draw(st.integers(0, 5))] = data.draw(
            st.binary(max_size=6)
        )
    TARGETS[name](bytes(whole))


def test_every_target_has_files():
    assert {path.parent.name for path in FILES} == set(TARGETS)
