"""Usual names of the columns of users, items and ratings in public data sets."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, TypeAlias

Role: TypeAlias = Literal["user", "item", "rating"]

ROLES: tuple[Role, Role, Role] = ("user", "item", "rating")

_USERS = (
    "user users customer cust client reviewer reviewers rater member profile account "
    "person viewer reader visitor listener subscriber consumer buyer shopper student "
    "learner player voter respondent participant"
)
_ITEMS = (
    "item items movie movies film book books product products business song track "
    "artist album game app application recipe anime manga joke article news "
    "restaurant hotel place venue beer wine drink video show series program podcast "
    "course lecture paper post photo image listing property food dish work content "
    "document doc"
)
_COUNTED = (
    "play click view listen stream scrobble visit purchase order download interaction "
    "event repeat occurrence"
)
_ID = ("id",)
_CODES = ("uuid", "idx", "num", "number", "no", "code", "key", "hash")


def _joined(words: str, endings: Sequence[str]) -> frozenset[str]:
    return frozenset(word + end for word in words.split() for end in endings)


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


# Each role has several sets of names, compared after `normalise`. A column whose name
# is in an earlier set wins over columns whose names are in later sets: user_id over
# user_name, movieId over title. "user", "item" and "rating" as written come first.
USUAL_NAMES: dict[Role, tuple[frozenset[str], ...]] = {
    "user": (
        _names("user"),
        _joined(_USERS, _ID)
        | _names("uid iduser reviewuserid gplususerid steamid authorsteamid"),
        _joined(_USERS, _CODES),
        _names(_USERS),
        _joined(_USERS, ("name",))
        | _names("reviewprofilename screenname nickname login userlogin"),
    ),
    "item": (
        _names("item"),
        _joined(_ITEMS, _ID)
        | _names("iid iditem idmovie parentasin beerbeerid productproductid")
        | _names("gmapid gplusplaceid"),
        _joined(_ITEMS, _CODES) | _names("asin isbn isbn13 isbn10 sku ean upc"),
        _names("tconst imdbid tmdbid"),
        _names(_ITEMS),
        _joined(_ITEMS, ("name", "title")) | _names("title booktitle"),
    ),
    "rating": (
        _names("rating"),
        _names("ratings stars star score scores overall grade myrating myscore")
        | _joined("user book movie item star review overall", ("rating", "score"))
        | _names("overallrating reviewoverall ratingvalue ratingscore reviewstars"),
        _names("value vote votes mark marks points preference rate rui"),
    ),
}

# Names that are neither an id nor a rating. Position does not choose these columns.
_OTHER_NAMES = _names(
    "timestamp time times datetime date dates ts unixtime unixreviewtime reviewtime "
    "reviewdate reviewunixtime ratingtimestamp ratingtime ratingdate ratedat createdat "
    "updatedat created updated year month day hour week weekday text review reviewtext "
    "reviewsummary summary comment comments description genre genres category "
    "categories age gender sex occupation zip zipcode city country price "
    "helpful helpfulness helpfulvote helpfulvotes reviewhelpfulness verified "
    "verifiedpurchase useful funny cool"
)
# Names of counts: how often a user played, clicked or bought an item. They are weights.
_COUNT_NAMES = (
    _joined(_COUNTED, ("s", "count", "counts"))
    | _joined("n num number numberof total", [word + "s" for word in _COUNTED.split()])
    | _names("count counts cnt freq frequency quantity quantities qty amount units")
    | _names("listeningcount watchcount weight weights confidence")
)
_NO_ROLE = _OTHER_NAMES | _COUNT_NAMES
# Row numbers: "Unnamed: 0" and "" are names of an index that pandas wrote to a file.
_ROW_NUMBER = re.compile(r"unnamed\d+|index|indexlevel\d+|row|rows|rowid|rownum\w*|")
# Names that a program numbers: "0", "column_1" (polars), "_c0" and "_1" (Spark).
_NUMBERED = re.compile(r"(column|columns|col|c|v|x|f|field|feature|var|level)?\d+")
# Types of the fields in RecBole's files: "user_id:token".
_TYPE = re.compile(r":(token|float)(_seq)?$")


@lru_cache(maxsize=1 << 12)  # queries of a model repeat the same few names
def normalise(name: object) -> str | None:
    """Return a name in lower case, letters and digits only; None if it is not a string.

    ``User-ID``, ``user_id``, ``userId``, ``user.id`` and the ``remainder__user_id`` of
    a `ColumnTransformer` are ``userid``.

    Examples
    --------
    >>> from sklearn_cofi.data._column_names import normalise
    >>> normalise("User-ID"), normalise("remainder__user_id"), normalise(0)
    ('userid', 'userid', None)
    """
    if not isinstance(name, str):
        return None
    name = _TYPE.sub("", name.strip())
    name = name.rpartition("__")[2] or name
    return re.sub(r"[\W_]+", "", name).casefold()


def usual_positions(
    names: Sequence[object], role: Role, taken: Sequence[int | None] = ()
) -> list[int]:
    """Return the positions of the best names for a role.

    There are several if names are equally usual (``user_id`` and ``customer_id``), and
    none if no name is usual for this role. Columns that are taken for other roles are
    left out unless their name is the role's.
    """
    exact = [k for k, name in enumerate(names) if name == role]
    if exact:
        return exact
    free = [k for k in range(len(names)) if k not in taken]
    normalised = {k: normalise(names[k]) for k in free}
    for usual in USUAL_NAMES[role]:
        found = [k for k in free if normalised[k] in usual]
        if found:
            return found
    return []


def item_and_title(
    names: Sequence[object], fitted: object = None
) -> tuple[int, int] | None:
    """Return the positions of items and titles in a table of at least two columns.

    Items are the column with the name of the fit, if there is one, or with a usual
    name. A column without a usual name is chosen if there is no other choice, and the
    first of two such columns has the items. Else return None. Without names, items and
    titles are the first two columns.
    """
    *_, titles = USUAL_NAMES["item"]
    named = [k for k, name in enumerate(names) if normalise(name) in titles | {"name"}]
    exact = [k for k in named if names[k] == "title"]
    title = next(iter(exact or named), None)
    items = [k for k, name in enumerate(names) if fitted is not None and name == fitted]
    item = next(iter(items or usual_positions(names, "item", [title])), None)
    if title == item:
        title = None
    if not any(is_meaningful(name) for name in names):
        return 0, 1
    free = [k for k, name in enumerate(names) if not is_row_number(name)]
    if len({*free, item, title} - {None}) < 2:
        free = list(range(len(names)))
    free = [k for k in free if k not in (item, title) and not is_other(names[k])]
    n_missing = (item is None) + (title is None)
    if n_missing and len(free) != n_missing:
        return None
    item = free.pop(0) if item is None else item
    return item, free.pop(0) if title is None else title


def is_row_number(name: object) -> bool:
    """Return whether a name is that of a written index: "Unnamed: 0", "", "index"."""
    plain = normalise(name)
    return plain is not None and _ROW_NUMBER.fullmatch(plain) is not None


def is_other(name: object) -> bool:
    """Return whether a name is known, and neither an id's nor a rating's."""
    return normalise(name) in _NO_ROLE


def is_count(name: object) -> bool:
    """Return whether a name is that of counts: plays, n_clicks, quantity, weight."""
    return normalise(name) in _COUNT_NAMES


def is_meaningful(name: object) -> bool:
    """Return whether a name is more than a number: neither 0, "0" nor "column_0"."""
    plain = normalise(name)
    return plain is not None and _NUMBERED.fullmatch(plain) is None
