"""The columns of public data sets, as their files and frames name them."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.data._column_names import (
    ROLES,
    USUAL_NAMES,
    is_other,
    is_row_number,
    item_and_title,
    normalise,
)
from sklearn_cofi.data._columns import find_columns
from sklearn_cofi.data._frame import open_table

# Columns of a data set with columns of users, items and ratings; None: no ratings.
BY_NAME = {
    "MovieLens csv": "userId,movieId,rating,timestamp -> userId movieId rating",
    "MovieLens 1M with names": "UserID::MovieID::Rating::Timestamp"
    " -> UserID MovieID Rating",
    "MovieLens with titles and links": "userId,movieId,rating,timestamp,title,genres,"
    "imdbId,tmdbId -> userId movieId rating",
    "MovieLens 100K in tutorials": "user_id,item_id,rating,timestamp,title"
    " -> user_id item_id rating",
    "MovieLens by title": "userId,title,rating -> userId title rating",
    "MovieLens in TensorFlow": "movie_title,user_id,user_rating,timestamp"
    " -> user_id movie_title user_rating",
    "MovieLens in RecBole": "user_id:token,item_id:token,rating:float,timestamp:float"
    " -> user_id:token item_id:token rating:float",
    "MovieLens in Recommenders": "userID,itemID,rating,timestamp,genre"
    " -> userID itemID rating",
    "HetRec 2011": "userID,movieID,rating,date_day,date_month,date_year"
    " -> userID movieID rating",
    "Surprise": "uid,iid,r_ui -> uid iid r_ui",
    "Netflix": "MovieID,CustomerID,Rating,Date -> CustomerID MovieID Rating",
    "Netflix, short": "Cust_Id,Rating,Movie_Id -> Cust_Id Movie_Id Rating",
    "Amazon 2014 json": "reviewerID,asin,reviewerName,helpful,reviewText,overall,"
    "summary,unixReviewTime,reviewTime -> reviewerID asin overall",
    "Amazon 2023 ratings": "user_id,parent_asin,rating,timestamp"
    " -> user_id parent_asin rating",
    "Amazon 2023 reviews": "rating,title,text,images,asin,parent_asin,user_id,"
    "timestamp,helpful_vote,verified_purchase -> user_id parent_asin rating",
    "Amazon US": "marketplace,customer_id,review_id,product_id,product_parent,"
    "product_title,product_category,star_rating,helpful_votes,total_votes,vine"
    " -> customer_id product_id star_rating",
    "Amazon fine foods": "Id,ProductId,UserId,ProfileName,HelpfulnessNumerator,Score,"
    "Time,Summary,Text -> UserId ProductId Score",
    "Amazon SNAP": "product/productId,review/userId,review/profileName,"
    "review/helpfulness,review/score,review/time"
    " -> review/userId product/productId review/score",
    "Goodreads": "user_id,book_id,is_read,rating,is_reviewed -> user_id book_id rating",
    "Goodreads reviews": "user_id,book_id,review_id,rating,review_text,date_added,"
    "n_votes,n_comments -> user_id book_id rating",
    "goodbooks-10k": "book_id,user_id,rating -> user_id book_id rating",
    "goodbooks-10k to read": "user_id,book_id -> user_id book_id -",
    "BookCrossing": "User-ID;ISBN;Book-Rating -> User-ID ISBN Book-Rating",
    "BookCrossing, merged": "user_id,location,age,isbn,rating,book_title,book_author"
    " -> user_id isbn rating",
    "Jester, long": "user_id,joke_id,rating -> user_id joke_id rating",
    "Yelp": "review_id,user_id,business_id,stars,useful,funny,cool,text,date"
    " -> user_id business_id stars",
    "Steam recommendations": "app_id,helpful,funny,date,is_recommended,hours,user_id,"
    "review_id -> user_id app_id -",
    "Steam 200k": "user-id,game-title,behavior-name,value -> user-id game-title value",
    "Last.fm HetRec": "userID,artistID,weight -> userID artistID -",
    "MovieTweetings": "user_id::movie_id::rating::rating_timestamp"
    " -> user_id movie_id rating",
    "Anime 2016": "user_id,anime_id,rating -> user_id anime_id rating",
    "Anime 2020": "user_id,anime_id,rating,watching_status,watched_episodes"
    " -> user_id anime_id rating",
    "MyAnimeList": "username,anime_id,my_watched_episodes,my_start_date,"
    "my_finish_date,my_score,my_status -> username anime_id my_score",
    "Epinions": "userid itemid rating -> userid itemid rating",
    "FilmTrust with names": "user item rating -> user item rating",
    "Douban": "UserID,MovieID,Rating,Timestamp -> UserID MovieID Rating",
    "EachMovie": "Person_ID,Movie_ID,Score,Weight,Modified -> Person_ID Movie_ID Score",
    "BeerAdvocate": "brewery_id,brewery_name,review_time,review_overall,review_aroma,"
    "review_appearance,review_profilename,beer_style,review_palate,review_taste,"
    "beer_name,beer_abv,beer_beerid"
    " -> review_profilename beer_beerid review_overall",
    "RateBeer": "beer/name,beer/beerId,beer/brewerId,review/appearance,review/overall,"
    "review/time,review/profileName,review/text"
    " -> review/profileName beer/beerId review/overall",
    "Food.com": "user_id,recipe_id,date,rating,review -> user_id recipe_id rating",
    "Food.com, encoded": "user_id,recipe_id,date,rating,u,i"
    " -> user_id recipe_id rating",
    "CiaoDVD with names": "userId,movieId,genreId,reviewId,movieRating,date"
    " -> userId movieId movieRating",
    "Ta-feng": "TRANSACTION_DT,CUSTOMER_ID,AGE_GROUP,PIN_CODE,PRODUCT_SUBCLASS,"
    "PRODUCT_ID,AMOUNT,ASSET,SALES_PRICE -> CUSTOMER_ID PRODUCT_ID -",
    "LibraryThing": "work,flags,unixtime,stars,nhelpful,time,comment,user"
    " -> user work stars",
    "TripAdvisor": "hotel_id,username,rating,title,text,review_date"
    " -> username hotel_id rating",
    "Google Local": "user_id,name,time,rating,text,pics,resp,gmap_id"
    " -> user_id gmap_id rating",
    "Coursera": "reviews,reviewers,date_reviews,rating,course_id"
    " -> reviewers course_id rating",
    "ModCloth": "item_id,user_id,rating,timestamp,size,fit,user_attr,model_attr"
    " -> user_id item_id rating",
    "RentTheRunway": "fit,user_id,bust_size,item_id,weight,rating,rented_for"
    " -> user_id item_id rating",
    "restaurants (UCI)": "userID,placeID,rating,food_rating,service_rating"
    " -> userID placeID rating",
    "KuaiRec": "user_id,video_id,play_duration,video_duration,time,date,timestamp,"
    "watch_ratio -> user_id video_id -",
    "Kaggle games": "Unnamed: 0,user_name,game_name,score -> user_name game_name score",
    "keywords first": "rating,keyword,user,item -> user item rating",
    "pandas' index": "Unnamed: 0,userId,movieId,rating -> userId movieId rating",
    "polars, of pandas' index": ",userId,movieId,rating -> userId movieId rating",
    "pyarrow, of pandas' index": "userId,movieId,rating,__index_level_0__"
    " -> userId movieId rating",
    "reset_index": "index,user_id,movie_id,Rating -> user_id movie_id Rating",
    "ColumnTransformer": "remainder__stars,remainder__user_id,remainder__item"
    " -> remainder__user_id remainder__item remainder__stars",
    "blanks and case": " USER ID , Item-Id ,RATING -> ' USER ID ' ' Item-Id ' RATING",
    "the exact names win": "user_id,user,item,movie_id,rating,score"
    " -> user item rating",
    "ids win over names": "user_name,user_id,movie,movie_id,stars"
    " -> user_id movie_id stars",
    "rows with user numbers": "user_idx,item_idx,grade -> user_idx item_idx grade",
}


def parts(layout):
    """Return the names of the columns, and the expected columns."""
    names, _, found = layout.partition(" -> ")
    separator = next((s for s in ("::", ";", ",") if s in names), " ")
    if "'" in found:
        found = [name.strip("'") for name in found.replace("' '", "'|'").split("|")]
        found = [found[0], *found[1].split("' ")]
    else:
        found = found.split()
    return names.split(separator), found


def frame_of(names):
    return pd.DataFrame(np.arange(2.0 * len(names)).reshape(2, -1), columns=names)


def as_labels(table, positions):
    return ["-" if k is None else table.names[k] for k in positions]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.Table.from_pandas])
@pytest.mark.parametrize("layout", BY_NAME.values(), ids=BY_NAME)
def test_columns_by_name(layout, make):
    """No warning: every warning is an error in tests."""
    names, expected = parts(layout)
    table = open_table(make(frame_of(names)))
    assert as_labels(table, find_columns(table, None, None, None)[:3]) == expected


@pytest.mark.parametrize("layout", BY_NAME.values(), ids=BY_NAME)
def test_the_order_of_named_columns_does_not_matter(layout):
    names, expected = parts(layout)
    table = open_table(frame_of(names[::-1]))
    assert as_labels(table, find_columns(table, None, None, None)[:3]) == expected


# Columns without usual names, and the three that are taken, with a warning.
BY_POSITION = {
    "no usual names": "who,what,how -> who what how",
    "letters": "u,i,r,t -> u i r",
    "row numbers": "Unnamed: 0,who,what,how -> who what how",
    "row numbers last": "who,what,how,index -> who what how",
    "the ratings named": "how_often,who,what,rating -> how_often who rating",
    "the ratings first": "stars,who,what -> who what stars",
    "then a time": "who,what,timestamp -> who what -",
    "wide text": "who,what,how -> who what how",
}


@pytest.mark.parametrize("layout", BY_POSITION.values(), ids=BY_POSITION)
def test_columns_by_position_are_a_warning(layout):
    names, expected = parts(layout)
    table = open_table(frame_of(names))
    with pytest.warns(UserWarning, match=f"by position: user '{expected[0]}', item"):
        found = find_columns(table, None, None, None)
    assert as_labels(table, found[:3]) == expected


# Columns whose names are numbers: position is all that there is.
WITHOUT_NAMES = {
    "MovieLens u.data": [0, 1, 2, 3],
    "strings of numbers": ["0", "1", "2"],
    "polars": ["column_0", "column_1", "column_2"],
    "Spark": ["_1", "_2", "_3"],
    "Spark csv": ["_c0", "_c1", "_c2"],
    "scikit-learn": ["x0", "x1", "x2"],
    "stacked matrix": ["level_0", "level_1", "0"],
}


@pytest.mark.parametrize("names", WITHOUT_NAMES.values(), ids=WITHOUT_NAMES)
def test_numbered_columns_are_found_by_position_without_a_warning(names):
    table = open_table(frame_of(names))
    assert find_columns(table, None, None, None) == (0, 1, 2, False)


REFUSED = {
    "keywords for items": ("keywordID,rating,userID", "`item_col`"),
    "Metacritic": ("name,user,score", "column of item is not"),
    "board games": ("Unnamed: 0,user,rating,comment,ID,name", "`item_col`"),
    "Spotify": ("userId,track_uri,rating", "`item_col`"),
    "Amazon books": ("Id,Title,Price,profileName2,score", "`user_col`"),
    "two users": ("user_id,customer_id,movie_id,rating", "'user_id', 'customer_id'"),
    "two items": ("user_id,track_id,artist_id,rating", "'track_id', 'artist_id'"),
    "two ratings": ("user_id,item_id,score,stars", "'score', 'stars' .*`rating_col`"),
    "two spellings": ("userId,user_id,item_id,rating", "'userId', 'user_id'"),
    "times first": ("timestamp,who,what,rating", "'timestamp' would hold the users"),
    "times second": ("who,date,what,how", "'date' would hold the items"),
    "only row numbers": ("Unnamed: 0,Unnamed: 1,Unnamed: 2", "0 of them can be an id"),
    "one id": ("index,who,rating", "1 of them can be an id"),
    "Jester": (",".join(f"joke{k}" for k in range(100)), "ratings_from_matrix"),
    "a pivoted table": (
        "userId," + ",".join(f"film {k}" for k in range(20)),
        "column of user is named.* ratings_from_matrix|ratings_from_matrix",
    ),
    "u.item": (
        ",".join(f"genre {chr(97 + k)}" for k in range(19)),
        "more than 10 numeric columns",
    ),
}


@pytest.mark.parametrize(("names", "message"), REFUSED.values(), ids=REFUSED)
def test_columns_that_are_refused(names, message):
    table = open_table(frame_of(names.split(",")))
    with pytest.raises(ValueError, match=message):
        find_columns(table, None, None, None)


@pytest.mark.parametrize("make", [np.asarray, np.ndarray.tolist, pd.DataFrame])
def test_a_matrix_of_ratings_is_refused(make):
    matrix = np.arange(55.0).reshape(5, 11) % 6
    with pytest.raises(ValueError, match="more than 10 numeric .*ratings_from_matrix"):
        CollaborativeFilter(2).fit(make(matrix))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        CollaborativeFilter(2).fit(make(matrix[:, :10]))
        CollaborativeFilter(2, user_col=0, item_col=1).fit(make(matrix))


def test_an_array_with_y_may_have_any_number_of_columns():
    table = open_table(np.ones((3, 30)))
    found = find_columns(table, None, None, None, with_rating=False)
    assert found[:2] == (0, 1)


RATED = pd.DataFrame(
    {"userId": [1, 1, 2], "movieId": [7, 8, 7], "rating": [1.0, 2.0, 3.0]}
)
INDEXED = {
    "users": RATED.set_index("userId"),
    "users, with a time": RATED.assign(timestamp=0).set_index("userId"),
    "items": RATED.set_index("movieId"),
    "both ids": RATED.set_index(["userId", "movieId"]),
    "a mean of groups": RATED.groupby(["userId", "movieId"])[["rating"]].mean(),
    "another name": RATED.set_axis(["a", "b", "c"], axis=1).rename_axis("d"),
    "a pivoted table": RATED.pivot(index="userId", columns="movieId", values="rating"),
}


@pytest.mark.parametrize("frame", INDEXED.values(), ids=INDEXED)
def test_an_index_with_a_name_is_refused(frame):
    with pytest.raises(ValueError, match=r"X has an index named .*`reset_index\(\)`"):
        CollaborativeFilter(2).fit(frame)


IGNORED_INDEX = {
    "shuffled": RATED.sample(frac=1, random_state=0),
    "strings": RATED.set_axis(["a", "b", "c"]),
    "a name, and all columns named": RATED.rename_axis("review_id"),
    "a MultiIndex without names": RATED.set_axis(
        pd.MultiIndex.from_tuples([(0, 1), (0, 2), (1, 1)])
    ),
    "the name of a RangeIndex": RATED.set_axis([0, 1, 2], axis=1).rename_axis("index"),
}


@pytest.mark.parametrize("frame", IGNORED_INDEX.values(), ids=IGNORED_INDEX)
def test_other_indices_are_ignored(frame):
    table = open_table(frame)
    assert find_columns(table, None, None, None)[:3] == (0, 1, 2)


def test_each_usual_name_has_one_role_and_is_normalised():
    by_role = [frozenset().union(*USUAL_NAMES[role]) for role in ROLES]
    names = [name for usual in by_role for name in usual]
    assert len(names) == len(set(names))
    assert not [name for name in names if is_other(name) or is_row_number(name)]
    assert names == [normalise(name) for name in names]


def test_columns_given_for_one_role_are_not_taken_for_another():
    table = open_table(frame_of(["user_id", "customer_id", "title", "movieId", "r"]))
    assert find_columns(table, "customer_id", "title", "r")[:3] == (1, 2, 4)
    table = open_table(frame_of(["movie_id", "user_id", "item_id", "rating"]))
    assert find_columns(table, "item_id", None, None)[:3] == (2, 0, 3)


TITLES = {
    "item,title": (0, 1),
    "title,item": (1, 0),
    "title,movieId,genres": (1, 0),
    "movieId,title,genres": (0, 1),
    "Unnamed: 0,movieId,title": (1, 2),
    "book_id,goodreads_book_id,authors,original_title,title": (0, 4),
    "parent_asin,main_category,title": (0, 2),
    "beer_beerid,beer_name": (0, 1),
    "what,genre,name": (0, 2),
    "what,how": (0, 1),
    "movieId,imdb": (0, 1),
    "title,who": (1, 0),
    "index,what,how": (1, 2),
    "index,title": (0, 1),
}


@pytest.mark.parametrize(("names", "expected"), TITLES.items(), ids=TITLES)
def test_tables_of_titles(names, expected):
    assert item_and_title(names.split(",")) == expected
    assert item_and_title([0, 1, 2]) == (0, 1)


def test_messages_list_the_first_columns_of_a_wide_table():
    names = [f"Film {k}" for k in range(600)]
    table = open_table(pd.DataFrame("seen", index=[0], columns=[*names, "userId"]))
    with pytest.raises(ValueError, match=r"'Film 4', \.\.\.\] \(601 columns\)\."):
        find_columns(table, None, None, None)


def test_a_matrix_with_named_users_is_a_matrix():
    wide = pd.DataFrame(np.ones((2, 11)), columns=[f"Film {k}" for k in range(11)])
    table = open_table(wide.rename_axis("name"))
    with pytest.raises(ValueError, match="with the users as index, convert it"):
        find_columns(table, None, None, None)
