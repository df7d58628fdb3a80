"""`RankingCollaborativeFilter`: a collaborative filter with defaults for lists."""

from sklearn_cofi._collaborative_filter import CollaborativeFilter
from sklearn_cofi._types import Solver
from sklearn_cofi._typing import (
    Column,
    DType,
    Estimator,
    Frame,
    Normalization,
    RandomState,
    Range,
    RegParam,
    RegParamOrAuto,
    RegScaling,
    SolverName,
    Unknown,
)


class RankingCollaborativeFilter(CollaborativeFilter):
    """Collaborative filter for lists, from ratings or from pairs without ratings.

    It is `CollaborativeFilter` with other defaults. Each pair without a rating is weak
    evidence of a rating of 0, so items that few users have rated do not lead the
    lists::

        cost = 1/2 * sum over rated (u, i) of w_ui * (U_u . V_i - R_ui)**2
             + w0/2 * sum over unrated (u, i) of (U_u . V_i)**2
             + 1/2 * reg_param * sum_u n_u**0.5 * ||U_u||**2
             + 1/2 * reg_param * sum_i n_i**0.5 * ||V_i||**2

        w0 = sqrt(density),  reg_param = 0.8 * root mean square of the ratings

    `predict` returns a relevance: the larger it is, the higher the item ranks for the
    user. It is not an estimate of the rating: the relevance of most items is near 0.

    Without ratings (clicks, plays, purchases), pass the pairs of user and item only.
    All ratings are then 1; counts are passed as ``sample_weight``.

    Time and memory grow with the number of ratings, never with users x items.

    Parameters
    ----------
    num_features : int, default=256
        Number of latent factors. More are better for lists on all data sets that were
        tried, if the penalty is that of ``reg_param="auto"``.
    reg_param : "auto", float or (users, items), default="auto"
        Penalty on the squared factors. "auto" is 0.8 times the root mean square of the
        ratings with the default ``reg_scaling``.
    solver : {"cg", "lbfgs", "als", "als-ncg"} or callable, default="als"
    max_iter : int, default=1000
    tol : float, default=3e-2
        Tolerance, as in `CollaborativeFilter`. Lists do not change any more before
        the default tolerance of ratings, 1e-3, is reached.
    mean_normalization : {"item", "user", "global", "unrated"} or None, default=None
        Means that are subtracted from ratings. With "unrated", a rating below
        ``unrated_rating`` is evidence against an item.
    mean_damping : float, default=0.0
    fit_bias : bool, default=False
    reg_bias : float, (users, items) or None, default=2.0
    reg_scaling : {"none", "count", "weight"} or float in [0, 1], default=0.5
    unrated_weight : float or "auto", default="auto"
        Weight of each unrated pair. "auto" is the mean weight of a rating times
        ``sqrt(density)``, with ``density = n_ratings / (n_users * n_items)``.
    unrated_rating : float, default=0.0
        Rating of unrated pairs.
    user_col, item_col, rating_col : str, int or None, default=None
    unknown : {"mean", "error"}, default="mean"
        With "mean", an unknown user gets the items with the highest
        ``unknown_user_predictions_``, the means over all users, rated or not: the
        most popular items.
    rating_range : (low, high) or None, default=None
        Range to which predictions are clipped. None is usual, because a relevance is
        not a rating.
    dtype : {"float32", "float64"} or None, default="float32"
        Precision of factors and kernels.
    n_jobs : int or None, default=None
    warm_start, early_stopping : bool, default=False
    validation_fraction : float, default=0.1
    n_iter_no_change : int, default=10
    random_state : int, RandomState instance or None, default=None
    verbose : int, default=0
        As in `CollaborativeFilter`.
    user_features, item_features : frame or None, default=None
    user_encoder, item_encoder : transformer or None, default=None
    reg_features : float, default=1.0
        Features of users and of items, as in `CollaborativeFilter`.

    Attributes
    ----------
    user_factors_, item_factors_ : ndarray of shape (n_users or n_items, num_features)
        Factors U and V.
    user_ids_, item_ids_ : ndarray of shape (n_users,), (n_items,)
        Sorted distinct ids.
    reg_param_, unrated_weight_ : float
        Penalty and weight of the fit.
    **more
        All other attributes of `CollaborativeFilter`.

    See Also
    --------
    CollaborativeFilter : Predicts ratings.
    sklearn_cofi.metrics.ranking_report : Quality of lists.

    References
    ----------
    Steck, "Training and Testing of Recommender Systems on Data Missing Not at Random",
    KDD 2010, doi:10.1145/1835804.1835895; Hu, Koren and Volinsky, "Collaborative
    Filtering for Implicit Feedback Datasets", ICDM 2008, doi:10.1109/ICDM.2008.22.

    Examples
    --------
    >>> from sklearn_cofi import RankingCollaborativeFilter
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> ratings = load_tutorial().frame
    >>> model = RankingCollaborativeFilter(3, random_state=0).fit(ratings)
    >>> model.recommend(0, n=2).round(2)
       user  rank  item  prediction
    0     0     1     3        0.97
    1     0     2     2        0.83
    """

    def __init__(
        self,
        num_features: int = 256,
        reg_param: RegParamOrAuto = "auto",
        *,
        solver: SolverName | Solver = "als",
        max_iter: int = 1000,
        tol: float = 3e-2,
        mean_normalization: Normalization = None,
        mean_damping: float = 0.0,
        fit_bias: bool = False,
        reg_bias: RegParam | None = 2.0,
        reg_scaling: RegScaling = 0.5,
        unrated_weight: float | str = "auto",
        unrated_rating: float = 0.0,
        user_col: Column = None,
        item_col: Column = None,
        rating_col: Column = None,
        unknown: Unknown = "mean",
        rating_range: Range = None,
        dtype: DType = "float32",
        n_jobs: int | None = None,
        warm_start: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        random_state: RandomState = None,
        verbose: int = 0,
        user_features: Frame | None = None,
        item_features: Frame | None = None,
        user_encoder: Estimator | None = None,
        item_encoder: Estimator | None = None,
        reg_features: float = 1.0,
    ) -> None:
        super().__init__(
            num_features,
            reg_param,
            solver=solver,
            max_iter=max_iter,
            tol=tol,
            mean_normalization=mean_normalization,
            mean_damping=mean_damping,
            fit_bias=fit_bias,
            reg_bias=reg_bias,
            reg_scaling=reg_scaling,
            unrated_weight=unrated_weight,
            unrated_rating=unrated_rating,
            user_col=user_col,
            item_col=item_col,
            rating_col=rating_col,
            unknown=unknown,
            rating_range=rating_range,
            dtype=dtype,
            n_jobs=n_jobs,
            warm_start=warm_start,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            random_state=random_state,
            verbose=verbose,
            user_features=user_features,
            item_features=item_features,
            user_encoder=user_encoder,
            item_encoder=item_encoder,
            reg_features=reg_features,
        )
