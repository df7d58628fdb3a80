"""Options that are parameters of estimators, by the same names."""

import click

from sklearn_cofi.cli._options import Numbers, PenaltyType, WordOrNumber, stacked

_SOLVERS = ("cg", "lbfgs", "als", "als-ncg")
_SPELLED = {
    "num_features": "--features",
    "mean_normalization": "--normalization",
    "fit_bias": "--bias",
    "rating_range": "--range",
    "random_state": "--seed",
    "n_jobs": "--threads",
    "n_sweeps": "--sweeps",
}

_features = click.option(
    "--features",
    "num_features",
    type=click.IntRange(1),
    help="Number of features. [default: 10; 31 with --bayesian]",
)
_reg_param = click.option(
    "--reg-param",
    type=PenaltyType(),
    help="Penalty on the features, or two: of users and of items. [default: 10]",
)
_solver_options = stacked(
    click.option(
        "--solver",
        type=click.Choice(_SOLVERS),
        help="[default: cg; of tune, als-ncg]",
    ),
    click.option(
        "--max-iter",
        type=click.IntRange(1),
        help="Largest number of iterations. [default: 1000]",
    ),
    click.option(
        "--tol", type=click.FloatRange(0), help="When to stop. [default: 0.001]"
    ),
    click.option(
        "--normalization",
        "mean_normalization",
        type=click.Choice(["item", "user", "global", "none"]),
        help="Which means are subtracted first. [default: item]",
    ),
    click.option(
        "--mean-damping",
        type=click.FloatRange(0),
        help="Ratings of the global mean that each mean has beside its own. "
        "[default: 0]",
    ),
    click.option(
        "--bias/--no-bias",
        "fit_bias",
        default=None,
        help="Learn a bias of each user and item. [default: --no-bias]",
    ),
    click.option(
        "--reg-bias",
        type=PenaltyType(),
        help="Penalty on biases, in ratings. [default: as on the features]",
    ),
    click.option(
        "--reg-scaling",
        type=WordOrNumber("none", "count"),
        help="Power of a row's number of ratings that multiplies its penalty: "
        "none is 0, count is 1. [default: none]",
    ),
)
_early_stopping = click.option(
    "--early-stopping",
    is_flag=True,
    default=None,
    help="Stop by the error on ratings that are set apart.",
)
_bayesian_options = stacked(
    click.option(
        "--bayesian", is_flag=True, help="The Bayesian model: nothing to tune, slower."
    ),
    click.option(
        "--sweeps",
        "n_sweeps",
        type=click.IntRange(1),
        help="Sweeps of --bayesian over its parameters. [default: 400]",
    ),
    click.option(
        "--burn-in",
        type=click.IntRange(0),
        help="How many of them are forgotten. [default: 20]",
    ),
)
_shared_options = stacked(
    click.option(
        "--range",
        "rating_range",
        nargs=2,
        type=float,
        metavar="LOW HIGH",
        help="Clip predictions to this range.",
    ),
    click.option(
        "--dtype",
        type=click.Choice(["float32", "float64"]),
        help="Precision. [default: float64; float32 with --bayesian]",
    ),
    click.option(
        "--seed", "random_state", type=click.IntRange(0), default=0, show_default=True
    ),
    click.option(
        "--threads", "n_jobs", type=int, help="[default: all that may be used]"
    ),
)
_tuned_options = stacked(
    click.option(
        "--features",
        "num_features",
        type=Numbers(int),
        metavar="K,...",
        help="Numbers of features to choose from. [default: 10]",
    ),
    click.option(
        "--reg-params",
        type=Numbers(),
        metavar="PENALTY,...",
        help="Penalties to choose from. [default: 20 of them]",
    ),
    click.option("--n-reg-params", type=click.IntRange(1), help="How many to try."),
    click.option(
        "--folds", "cv", type=click.IntRange(2), help="Number of folds. [default: 5]"
    ),
)

# Of one model, of `fit` and `evaluate`.
model_options = stacked(
    _features,
    _reg_param,
    _solver_options,
    _early_stopping,
    _bayesian_options,
    _shared_options,
)
# Of a choice among models, of `tune`.
tune_options = stacked(_tuned_options, _solver_options, _shared_options)


def make_model(options: dict):
    """Return the estimator that `model_options` ask for.

    Raises
    ------
    click.UsageError
        If an option is not one of that estimator's.
    """
    from sklearn_cofi import BayesianCollaborativeFilter, CollaborativeFilter

    bayesian = options.pop("bayesian")
    parameters = _given(options)
    model = (BayesianCollaborativeFilter if bayesian else CollaborativeFilter)()
    strange = sorted(set(parameters) - set(model.get_params()))
    if strange:
        names = ", ".join(map(_spelled, strange))
        raise click.UsageError(
            f"{names} {'cannot be used with' if bayesian else 'needs'} --bayesian."
        )
    return model.set_params(**parameters)


def make_search(options: dict):
    """Return the cross-validated estimator that `tune_options` ask for."""
    from sklearn_cofi import CollaborativeFilterCV

    return CollaborativeFilterCV(**_given(options))


def _given(options: dict) -> dict:
    """Return the parameters that were given; all others have their own defaults."""
    given = {name: value for name, value in options.items() if value is not None}
    if given.get("mean_normalization") == "none":
        given["mean_normalization"] = None
    return given


def _spelled(parameter: str) -> str:
    return _SPELLED.get(parameter, "--" + parameter.replace("_", "-"))
