"""Options that are parameters of estimators."""

import click

from sklearn_cofi.cli._options import (
    Durations,
    Numbers,
    PenaltyList,
    PenaltyType,
    WordOrNumber,
    stacked,
)

# The names in `sklearn_cofi.solvers.SOLVERS`: importing it would slow --help down.
_SOLVERS = ("cg", "lbfgs", "als", "als-ncg")
_features = click.option(
    "--features",
    "num_features",
    type=click.IntRange(1),
    help="Number of latent factors. [default: 20; 31 with --bayesian; 256 with "
    "--lists]",
)
_reg_param = click.option(
    "--reg-param",
    type=PenaltyType(auto=True),
    help="Penalty on the factors: one number, one for users and one for items, or a "
    "multiple of the automatic penalty, such as 0.5*auto. [default: auto]",
)
_solver_options = stacked(
    click.option(
        "--solver",
        type=click.Choice(_SOLVERS),
        help="Solver. [default: cg; als-ncg with tune; als with --lists]",
    ),
    click.option(
        "--max-iter",
        type=click.IntRange(1),
        help="Largest number of iterations. [default: 1000]",
    ),
    click.option(
        "--tol",
        type=click.FloatRange(0),
        help="Tolerance at which the solver stops. [default: 0.001; 0.03 with --lists]",
    ),
    click.option(
        "--normalization",
        "mean_normalization",
        type=click.Choice(["item", "user", "global", "unrated", "none"]),
        help="Means that are subtracted from the ratings before the fit. "
        "[default: global; none with --lists]",
    ),
    click.option(
        "--mean-damping",
        type=click.FloatRange(0),
        help="Number of ratings, equal to the global mean, that are added to each "
        "mean. [default: 0]",
    ),
    click.option(
        "--bias/--no-bias",
        "fit_bias",
        default=None,
        help="Whether to fit a bias of each user and item. [default: --bias; --no-bias "
        "with --lists]",
    ),
    click.option(
        "--reg-bias",
        type=PenaltyType(),
        help="Penalty on the biases, as a number of ratings. [default: 2]",
    ),
    click.option(
        "--reg-scaling",
        type=WordOrNumber("none", "count", "weight"),
        help="Power of the number of ratings that multiplies the penalty of each user "
        "and item: none is 0, count is 1. [default: 0.5]",
    ),
    click.option(
        "--unrated-weight",
        type=PenaltyType(auto=True),
        help="Weight of each pair without a rating: a number, or a multiple of the "
        "automatic weight, such as 0.5*auto. [default: 0; auto with --lists]",
    ),
)
_reg_features = click.option(
    "--reg-features",
    type=click.FloatRange(0, min_open=True),
    help="Penalty on what the features predict; a smaller number lets them predict "
    "more. [default: 1]",
)
_early_stopping = click.option(
    "--early-stopping",
    is_flag=True,
    default=None,
    help="Hold out ratings, and stop once the error on them no longer falls.",
)
_lists = click.option(
    "--lists",
    is_flag=True,
    help="Fit RankingCollaborativeFilter, which has the defaults for lists: its "
    "predictions are relevances, not ratings. --implicit implies it.",
)
_bayesian_options = stacked(
    click.option(
        "--bayesian",
        is_flag=True,
        help="Fit the Bayesian model: nothing to tune, but slower.",
    ),
    click.option(
        "--sweeps",
        "n_sweeps",
        type=click.IntRange(1),
        help="Number of sweeps of --bayesian. [default: 400]",
    ),
    click.option(
        "--burn-in",
        type=click.IntRange(0),
        help="Number of first sweeps that are discarded. [default: 20]",
    ),
    click.option(
        "--times",
        is_flag=True,
        help="Learn from the times of the ratings, with --bayesian.",
    ),
    click.option(
        "--time-scales",
        type=Durations(),
        metavar="DURATION,...",
        help="Times in which the biases of users change, for --times: durations, "
        "numbers of seconds, or none. [default: 1min,1h,1D]",
    ),
    click.option(
        "--item-time-scales",
        type=Durations(),
        metavar="DURATION,...",
        help="Times in which the biases of items change. [default: 365D]",
    ),
)
_shared_options = stacked(
    click.option(
        "--range",
        "rating_range",
        nargs=2,
        type=float,
        metavar="LOW HIGH",
        help="Range that predictions are clipped to.",
    ),
    click.option(
        "--dtype",
        type=click.Choice(["float32", "float64"]),
        help="Precision of the fit. [default: float64; float32 with --bayesian and "
        "--lists]",
    ),
    click.option(
        "--seed",
        "random_state",
        type=click.IntRange(0),
        default=0,
        show_default=True,
        help="Seed of the random numbers.",
    ),
    click.option(
        "--threads",
        "n_jobs",
        type=int,
        help="Number of threads. [default: all available]",
    ),
)
_tuned_options = stacked(
    click.option(
        "--features",
        "num_features",
        type=Numbers(int),
        metavar="K,...",
        help="Numbers of latent factors to choose from. [default: 20; 256 with "
        "--lists]",
    ),
    click.option(
        "--reg-params",
        type=PenaltyList(),
        metavar="PENALTY,...",
        help="Penalties to choose from: numbers, or multiples of the automatic penalty "
        "such as 0.5*auto. [default: a grid of 20; 5 with --lists]",
    ),
    click.option(
        "--n-reg-params",
        type=click.IntRange(1),
        help="Number of penalties in the default grid. [default: 20]",
    ),
    click.option(
        "--folds", "cv", type=click.IntRange(2), help="Number of folds. [default: 5]"
    ),
)

# For one model: `fit` and `evaluate`.
model_options = stacked(
    _features,
    _reg_param,
    _solver_options,
    _reg_features,
    _early_stopping,
    _lists,
    _bayesian_options,
    _shared_options,
)
# For a search over models: `tune`.
tune_options = stacked(
    _tuned_options,
    click.option(
        "--lists",
        is_flag=True,
        help="Choose by the NDCG@10 of lists, with all held-out ratings relevant. The "
        "weight of unrated pairs is chosen, too.",
    ),
    _solver_options,
    _reg_features,
    _shared_options,
)
