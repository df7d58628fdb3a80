"""The normal prior of the rows of users or of items, which is drawn with them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike
from scipy.stats import wishart

from sklearn_cofi.bayesian._link import Link, RatedMask, draw_link, no_link

# Number of rows that the prior of the mean counts for, as in the paper.
_MEAN_ROWS = 2


class RowPrior(NamedTuple):
    """Rows are normal around ``mean + F @ link.beta``."""

    mean: np.ndarray  # (k,)
    precision: np.ndarray  # (k, k)
    link: Link | None


def first_prior(k: int, mask: RatedMask | None, dtype: DTypeLike) -> RowPrior:
    """Return the start of the chain: mean zero, precision one."""
    link = None if mask is None else no_link(mask, k, dtype)
    return RowPrior(np.zeros(k), np.eye(k), link)


def draw_prior(
    rows: np.ndarray,
    prior: RowPrior,
    mask: RatedMask | None,
    rng: np.random.Generator,
) -> RowPrior:
    """Draw precision, mean and link given the rows, in this order.

    ::

        D = rows - F @ beta,  m = D.mean(axis=0),  n = len(rows)
        precision ~ Wishart(k + n + n_columns, scale inverse of
                    I + (D - m).T @ (D - m) + 2 * n / (2 + n) * outer(m, m)
                      + strength * beta.T @ beta)
        mean ~ Normal(n * m / (2 + n), precision (2 + n) * precision)

    The last terms of the degrees and of the scale are those of the link, whose prior
    has the same precision. They are absent without a link.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, k)
    prior : RowPrior
        The previous draw.
    mask : RatedMask or None
        The mask of the link. None only if `prior` has no link.
    rng : numpy.random.Generator

    References
    ----------
    Salakhutdinov and Mnih, "Bayesian Probabilistic Matrix Factorization using Markov
    Chain Monte Carlo", ICML 2008, doi:10.1145/1390156.1390267, eq. 14.
    """
    n, k = rows.shape
    D = rows.astype(np.float64)
    degrees, scale = k + n, np.eye(k)
    link = prior.link
    if link is not None:
        D -= link.shift
        degrees += link.beta.shape[0]
        beta = link.beta.astype(np.float64)
        scale += link.strength * beta.T @ beta
    m = D.mean(axis=0)
    scale += (D - m).T @ (D - m)
    scale += _MEAN_ROWS * n / (_MEAN_ROWS + n) * np.outer(m, m)
    precision = _wishart(degrees, scale, rng)
    spread = np.linalg.cholesky((_MEAN_ROWS + n) * precision)
    delta = np.linalg.solve(spread.T, rng.standard_normal(k))
    mean = n * m / (_MEAN_ROWS + n) + delta
    if link is not None:
        assert mask is not None, "a prior with a link needs the mask"
        link = draw_link(mask, rows - mean.astype(rows.dtype), precision, link, rng)
    return RowPrior(mean, precision, link)


def prior_means(prior: RowPrior, shape: tuple[int, ...]) -> np.ndarray:
    """Return the prior mean of each row, of shape ``shape``, which is (n_rows, k)."""
    if prior.link is None:
        return np.broadcast_to(prior.mean, shape)
    return prior.mean + prior.link.shift


def _wishart(
    degrees: int, inverse_scale: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    scale = np.linalg.inv(inverse_scale)
    drawn = wishart.rvs(degrees, (scale + scale.T) / 2, random_state=rng)
    return np.reshape(drawn, scale.shape)
