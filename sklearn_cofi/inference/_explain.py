"""A prediction as a sum: mean, biases, and a term for each rating of the user."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.inference._fitted_factors import FittedFactors, Side


class Part(NamedTuple):
    """One term of a prediction."""

    kind: str
    contribution: float  # in units of the rating
    item: int = -1  # row number of the rated item; -1 if the part is not a rating
    rating: float = np.nan
    similarity: float = np.nan


def explain_prediction(
    model: FittedFactors,
    user: int,
    item: int,
    rows: CSRRows,
    *,
    penalty: float,
    with_biases: bool,
    n: int | None,
) -> list[Part]:
    """Return the parts whose sum is the prediction of one pair.

    ::

        predicted = mean + b_u + c_i + sum over rated j of s_ij * d_j + remainder

    If unrated pairs count, they add the part "unrated items": see
    `terms_with_unrated`. If the users have features, what these predict adds the part
    "user features". If the user or the item is cold, the part "choice" is the rest of
    the baseline: see `ColdRows`.

    Parameters
    ----------
    model : FittedFactors
    user, item : int
        Row numbers; -1 is unknown.
    rows : CSRRows
        One row: the ratings from which the user's factors were learned.
    penalty : float
        Penalty on half the squared norm of the user's factors.
    with_biases : bool
        Whether the model has biases.
    n : int or None
        Number of ratings with a part of their own; the other ratings are summed.
        None is all.
    """
    pair = np.array([user]), np.array([item])
    parts = constant_parts(model, pair, with_biases)
    if user < 0 or item < 0:
        return parts
    unrated, items = model.unrated, np.arange(len(model.items.factors))
    if not unrated:
        items = rows.indices
    baseline = _warm(model).baseline(np.full_like(items, user), items)
    V, prior = model.items.factors, model.users.features
    mean = np.zeros(V.shape[1])
    if prior is not None:
        mean = prior.of_rows(prior.rows.take(np.array([user]))).factors[0]
    if not rows.indices.size and prior is not None:
        # A row without ratings has no penalty, so no system to solve.
        parts.append(Part("user features", float(V[item] @ mean)))
        return _with_remainder(parts, model, pair)
    if unrated:
        terms, rest = terms_with_unrated(
            V[item],
            V,
            rows.minus(np.zeros(1), baseline),
            unrated.rating - baseline,
            unrated.weight,
            penalty,
            mean,
        )
        parts.append(Part("unrated items", rest))
    else:
        deviations = rows.ratings.astype(np.float64) - baseline
        weights = rows.weight_of_entry
        terms = rating_terms(V[item], V[items], deviations, weights, penalty, mean)
    if prior is not None:
        parts.append(Part("user features", terms.of_features))
    parts += rating_parts(rows, terms, n)
    return _with_remainder(parts, model, pair)


def _with_remainder(
    parts: list[Part], model: FittedFactors, pair: tuple[np.ndarray, np.ndarray]
) -> list[Part]:
    """Append the part that makes the sum of all parts the prediction."""
    rest = float(model.predict(*pair)[0]) - sum(part.contribution for part in parts)
    return [*parts, Part("remainder", rest)]


def constant_parts(
    model: FittedFactors, pair: tuple[np.ndarray, np.ndarray], with_biases: bool
) -> list[Part]:
    """Return the parts for the mean and for the biases."""
    warm = _warm(model)
    without = [_without_bias(side) for side in (warm.users, warm.items)]
    models = (
        replace(warm, users=without[0], items=without[1]),
        replace(warm, items=without[1]),
        warm,
        model,
    )
    mean, with_user, with_both, all_parts = (
        float(one.baseline(*pair)[0]) for one in models
    )
    parts = [Part("mean", mean)]
    user, item = pair
    # The fallback of a pair with an unknown side includes the bias of the known side.
    if with_biases and user[0] >= 0 and item[0] >= 0:
        parts.append(Part("user bias", with_user - mean))
        parts.append(Part("item bias", with_both - with_user))
    if model.has_cold(*pair)[0]:
        parts.append(Part("choice", all_parts - with_both))
    return parts


def _warm(model: FittedFactors) -> FittedFactors:
    """Return the model in which all rows count as rated."""
    users, items = (replace(side, cold=None) for side in (model.users, model.items))
    return replace(model, users=users, items=items)


def _without_bias(side: Side) -> Side:
    return replace(side, bias=np.zeros_like(side.bias))


def rating_parts(rows: CSRRows, terms: "RatingTerms", n: int | None) -> list[Part]:
    """Return parts of the n ratings with the largest terms, and the others' sum."""
    order = np.argsort(-np.abs(terms.contributions), kind="stable")
    own = order[:n]
    others = order[own.size :]
    columns = (
        terms.contributions[own],
        rows.indices[own],
        rows.ratings[own],
        terms.similarities[own],
    )
    parts = [
        Part("rating", float(contribution), int(item), float(rating), float(similarity))
        for contribution, item, rating, similarity in zip(*columns, strict=True)
    ]
    if others.size:
        rest = float(terms.contributions[others].sum())
        parts.append(Part("other ratings", rest))
    return parts


class RatingTerms(NamedTuple):
    """The terms that the ratings of a user add to one prediction."""

    similarities: np.ndarray  # float64 (n_ratings,)
    contributions: np.ndarray  # float64 (n_ratings,): similarities * deviations
    of_features: float = 0.0  # what the features of the user add


def rating_terms(
    v: np.ndarray,
    V: np.ndarray,
    deviations: np.ndarray,
    weights: np.ndarray,
    penalty: float,
    mean: np.ndarray,
) -> RatingTerms:
    """Split the product of factors in a prediction into terms of the user's ratings.

    Given the items, a user's factors are linear in the ratings, and so is every
    prediction::

        U_u . v = v . (V.T @ diag(w) @ V + p * I)^-1 @ V.T @ (w * d)
                = sum over j of s_j * d_j
        s_j     = v . (V.T @ diag(w) @ V + p * I)^-1 @ V_j * w_j

    The system is least squares with further equations for the penalty. One solve with
    its transpose gives all s_j from v. If the system is singular (no penalty, fewer
    ratings than latent factors), the s_j are those of the minimiser of smallest norm.

    Parameters
    ----------
    v : float array of shape (k,)
        Factors of the item whose prediction is explained.
    V : float array of shape (n_ratings, k)
        Factors of the items that the user rated.
    deviations : float array of shape (n_ratings,)
        The d_j: ratings minus their means and biases.
    weights : float array of shape (n_ratings,)
    penalty : float
        Penalty on half the squared distance of the user's factors from ``mean``.
    mean : float array of shape (k,)
        What the features of the user predict for these factors. It adds
        ``v . (V.T @ diag(w) @ V + p * I)^-1 @ (p * mean)`` to the product.

    References
    ----------
    Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback Datasets",
    ICDM 2008, doi:10.1109/ICDM.2008.22, section 5.
    """
    V, v = np.asarray(V, np.float64), np.asarray(v, np.float64)
    roots = np.sqrt(np.asarray(weights, np.float64))
    system = np.vstack([roots[:, None] * V, np.sqrt(penalty) * np.eye(v.size)])
    # U_u = pinv(system) @ [roots * d, sqrt(p) * mean], so v . U_u has the coefficients
    # of pinv(system.T) @ v.
    coefficients = np.linalg.lstsq(system.T, v, rcond=None)[0]
    similarities = roots * coefficients[: len(V)]
    of_features = np.sqrt(penalty) * float(coefficients[len(V) :] @ mean)
    return RatingTerms(similarities, similarities * deviations, of_features)


def terms_with_unrated(
    v: np.ndarray,
    V: np.ndarray,
    rows: CSRRows,
    targets: np.ndarray,
    unrated_weight: float,
    penalty: float,
    mean: np.ndarray,
) -> tuple[RatingTerms, float]:
    """Split the product of factors in a prediction, where unrated pairs count.

    ::

        U_u . v = sum over rated j of c_j * (w_j * d_j - w0 * t_j)
                + sum over all j of   c_j * w0 * t_j
        c_j     = v . (V.T @ diag(a) @ V + p * I)^-1 @ V_j
        a_j     = w_j for rated j, else w0

    The second sum counts all pairs as unrated pairs, and a rating replaces the term of
    its unrated pair with its own. The similarity is ``w_j * c_j``, as in
    `rating_terms`. If the system is singular, the c_j are those of the minimiser of
    smallest norm.

    Parameters
    ----------
    v : float array of shape (k,)
    V : float array of shape (n_items, k)
    rows : CSRRows
        One row: the ratings of the user, minus means and biases.
    targets : float array of shape (n_items,)
        The t: rating of unrated pairs, minus means and biases.
    unrated_weight : float
    penalty : float
    mean : float array of shape (k,)
        As in `rating_terms`.

    Returns
    -------
    RatingTerms
        The terms of the first sum.
    float
        The second sum.
    """
    V, v = np.asarray(V, np.float64), np.asarray(v, np.float64)
    own, weights = V[rows.indices], rows.weight_of_entry.astype(np.float64)
    system = unrated_weight * (V.T @ V) + penalty * np.eye(v.size)
    system += own.T @ ((weights - unrated_weight)[:, None] * own)
    direction = np.linalg.lstsq(system, v, rcond=None)[0]
    products = own @ direction
    changes = weights * rows.ratings - unrated_weight * targets[rows.indices]
    of_features = penalty * float(direction @ mean)
    terms = RatingTerms(products * weights, products * changes, of_features)
    return terms, unrated_weight * float(targets @ (V @ direction))
