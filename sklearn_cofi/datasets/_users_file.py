"""Files of users as frames of user, age, gender, occupation and zip_code."""

import pandas as pd

from sklearn_cofi.datasets._archive import Folder
from sklearn_cofi.datasets._items_file import split_lines, with_whole_numbers

# README of ml-1m: the ranges of ages, by the first age of each, and the occupations.
AGES_1M = {
    "1": "under 18",
    "18": "18-24",
    "25": "25-34",
    "35": "35-44",
    "45": "45-49",
    "50": "50-55",
    "56": "56+",
}
OCCUPATIONS_1M = (
    "other or not specified|academic/educator|artist|clerical/admin|"
    "college/grad student|customer service|doctor/health care|executive/managerial|"
    "farmer|homemaker|K-12 student|lawyer|programmer|retired|sales/marketing|scientist|"
    "self-employed|technician/engineer|tradesman/craftsman|unemployed|writer"
).split("|")


def read_u_user(path: Folder) -> pd.DataFrame:
    """Read ml-100k's u.user, with lines of user|age|gender|occupation|zip code."""
    rows = split_lines(path, "|", 5, "latin-1")
    names = ["user", "age", "gender", "occupation", "zip_code"]
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    return with_whole_numbers(path, frame, ("user", "age"))


def read_users_dat(path: Folder) -> pd.DataFrame:
    """Read ml-1m's users.dat, with lines of user::gender::age::occupation::zip code.

    Ages and occupations are codes in the file, and the texts of its README in the
    result.
    """
    rows = split_lines(path, "::", 5, "latin-1")
    names = ["user", "gender", "age", "occupation", "zip_code"]
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    occupations = {str(k): text for k, text in enumerate(OCCUPATIONS_1M)}
    for name, texts in (("age", AGES_1M), ("occupation", occupations)):
        unknown = set(frame[name]) - set(texts)
        if unknown:
            raise ValueError(
                f"{path}: {min(unknown)!r} is not a code of {name}. Delete it and "
                "fetch the data again."
            )
        frame[name] = frame[name].map(texts)
    order = ["user", "age", "gender", "occupation", "zip_code"]
    return with_whole_numbers(path, frame[order], ("user",))
