"""Files of users, and errors that name what is wrong in them."""

import pytest

from sklearn_cofi.datasets._users_file import (
    OCCUPATIONS_1M,
    read_u_user,
    read_users_dat,
)


def write(tmp_path, text):
    path = tmp_path / "users"
    path.write_text(text)
    return path


def test_codes_of_ml_1m_are_texts(tmp_path):
    lines = [f"{k + 1}::F::25::{k}::0123{k}\n" for k in range(21)]
    users = read_users_dat(write(tmp_path, "".join(lines)))
    assert users["occupation"].tolist() == list(OCCUPATIONS_1M)
    assert users["occupation"][[0, 10, 20]].tolist() == [
        "other or not specified",
        "K-12 student",
        "writer",
    ]
    assert set(users["age"]) == {"25-34"}
    assert users["zip_code"][0] == "01230"  # a number would lose the zero


def test_an_empty_file_has_no_users(tmp_path):
    for read in (read_u_user, read_users_dat):
        assert read(write(tmp_path, "")).shape == (0, 5)


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (read_u_user, "1|24|M|writer\n", "entry 1: expected 5 fields .* found 4"),
        (read_u_user, "1|old|M|writer|8\n", "users: the age is not a whole number"),
        (read_users_dat, "x::F::1::10::4\n", "users: the user is not a whole number"),
        (read_users_dat, "1::F::2::10::4\n", "users: '2' is not a code of age"),
        (read_users_dat, "1::F::1::21::4\n", "'21' is not a code of occupation"),
    ],
)
def test_errors_name_the_malformed_entry(tmp_path, read, text, message):
    with pytest.raises(ValueError, match=message) as error:
        read(write(tmp_path, text))
    assert "Delete it" in str(error.value)
