"""Rows of new users, from their ratings and draws of the posterior of the items."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.bayesian._likelihood import NormalLikelihood
from sklearn_cofi.data._matrix import RatingMatrix

# The rounding of a matrix product depends on the number of rows, and on the position of
# a row at the edge of a block. In whole blocks a row does not depend on the others.
_BLOCK = 64


def mean_rows(draws: PosteriorDraws, ratings: RatingMatrix) -> np.ndarray:
    """Return the rows of new users: the posterior means given each draw's items.

    ::

        precision = Lambda + tau_u * sum of p_i * i @ i.T
        [u, b_u] = precision^-1 @ (Lambda @ (mu + F_u @ beta)
                                   + tau_u * sum of p_i * i * (R_ui - c_i))

    with ``p_i = alpha * tau_i * W_ui``. The row is computed twice: with ``tau_u = 1``,
    and with the mean of ``tau_u`` given the errors of the first row.

    Parameters
    ----------
    draws : PosteriorDraws
    ratings : RatingMatrix
        Centred ratings of the new users.

    Returns
    -------
    ndarray of shape (n_draws, n_rows, k + 1)
    """
    n_users = ratings.shape[0]
    likelihood = NormalLikelihood(_in_whole_blocks(ratings))
    given = [_NewUsers(draw, likelihood) for draw in _each(draws)]
    return np.stack([users.rows(users.precision())[:n_users] for users in given])


def draw_rows(draws: PosteriorDraws, ratings: RatingMatrix) -> PosteriorDraws:
    """Return the draws with new users in place of those of the fit.

    Each draw gets a row of each new user, drawn from the posterior given the items of
    the draw; `mean_rows` returns the mean of this posterior. All users share the noise,
    so the draws of a user do not depend on the other users. The seed is fixed, so
    repeated calls return the same draws.
    """
    n_users, rng = ratings.shape[0], np.random.default_rng(0)
    likelihood = NormalLikelihood(_in_whole_blocks(ratings))
    users, variances = [], []
    for number, draw in enumerate(_each(draws)):
        new = _NewUsers(draw, likelihood)
        precision = new.precision()
        noise = rng.standard_normal(draws.users.shape[2])
        rows = new.rows(precision, noise)[:n_users]
        users.append(np.vstack([rows, draw.users[-1]]))
        unknown = draws.user_variances[number, -1]
        variances.append(np.append(draw.noise / precision[:n_users], unknown))
    return draws._replace(users=np.stack(users), user_variances=np.stack(variances))


def _in_whole_blocks(ratings: RatingMatrix) -> RatingMatrix:
    """Return the matrix with rows without ratings at the end, up to whole blocks."""
    indptr = ratings.by_user.indptr
    n_more = -(indptr.size - 1) % _BLOCK
    indptr = np.append(indptr, np.full(n_more, indptr[-1]))
    return replace(ratings, by_user=ratings.by_user._replace(indptr=indptr))


def _each(draws: PosteriorDraws) -> Iterator[PosteriorDraws]:
    """Yield the draws one by one."""
    for number in range(len(draws.users)):
        yield PosteriorDraws(*(values[number] for values in draws))


class _NewUsers:
    """The posterior of new users given one draw of all other parameters."""

    def __init__(self, draw: PosteriorDraws, likelihood: NormalLikelihood) -> None:
        self._draw, self._likelihood = draw, likelihood
        self._n_rated, self._items = likelihood.n_rated[0], draw.items[:-1]
        self._of_items = 1 / (draw.noise * draw.item_ratios[:-1])
        means = np.tile(draw.user_prior_means, (self._n_rated.size, 1))
        self._means = means.astype(likelihood.dtype)
        if draw.links.size:
            links = draw.links.astype(likelihood.dtype)
            lengths = np.sqrt(np.maximum(self._n_rated, 1))
            self._means += likelihood.rated_sums(0, links) / lengths[:, None]

    def precision(self) -> np.ndarray:
        """Return the precision of each user's ratings: the mean given the errors."""
        ones, degrees = np.ones(self._n_rated.size), self._draw.degrees
        if not np.isfinite(degrees):
            return ones
        rows = self.rows(ones), self._items
        squares = 2 * self._likelihood.half_squares(0, rows, self._of_items)
        return (degrees + self._n_rated) / (degrees + squares)

    def rows(
        self, precision: np.ndarray, noise: np.ndarray | float = 0.0
    ) -> np.ndarray:
        """Return a row of each user: the mean or, with normal noise, a draw."""
        given = (precision, self._of_items), self._draw.user_precisions, self._means
        noise = np.broadcast_to(noise, self._means.shape)
        return self._likelihood.draw_rows(0, self._items, *given, noise)
