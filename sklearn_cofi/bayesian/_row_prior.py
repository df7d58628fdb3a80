"""The normal prior of the rows of users or of items, which is drawn with them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike
from scipy.stats import wishart

from sklearn_cofi.bayesian._link import Link, LinkBlock, draw_link, no_link

# Number of rows that the prior of the mean counts for, as in the paper.
_MEAN_ROWS = 2


class RowPrior(NamedTuple):
    """Rows are normal around ``mean + sum over blocks of F @ link.beta``."""

    mean: np.ndarray  # (k,)
    precision: np.ndarray  # (k, k)
    links: tuple[Link, ...]  # one for each block


def first_prior(k: int, blocks: Sequence[LinkBlock], dtype: DTypeLike) -> RowPrior:
    """Return the start of the chain: mean zero, precision one."""
    links = tuple(no_link(block, k, dtype) for block in blocks)
    return RowPrior(np.zeros(k), np.eye(k), links)


def draw_prior(
    rows: np.ndarray,
    prior: RowPrior,
    blocks: Sequence[LinkBlock],
    rng: np.random.Generator,
) -> RowPrior:
    """Draw precision, mean and links given the rows, in this order.

    ::

        D = rows - sum of F @ beta,  m = D.mean(axis=0),  n = len(rows)
        precision ~ Wishart(k + n + n_columns, scale inverse of
                    I + (D - m).T @ (D - m) + 2 * n / (2 + n) * outer(m, m)
                      + sum of strength * beta.T @ beta)
        mean ~ Normal(n * m / (2 + n), precision (2 + n) * precision)

    The last terms of the degrees and of the scale are those of the links, whose priors
    have the same precision. They are absent without a link. The link of each block is
    drawn given the other links. Each block has a strength of its own, so the beta of a
    block that does not help is shrunk towards zero.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, k)
    prior : RowPrior
        The previous draw.
    blocks : sequence of LinkBlock
        The blocks of the links of ``prior``, in the same order.
    rng : numpy.random.Generator

    References
    ----------
    Salakhutdinov and Mnih, "Bayesian Probabilistic Matrix Factorization using Markov
    Chain Monte Carlo", ICML 2008, doi:10.1145/1390156.1390267, eq. 14; Simm et al.,
    "Macau: Scalable Bayesian Factorization with High-Dimensional Side Information Using
    MCMC", MLSP 2017, arXiv:1509.04610.
    """
    n, k = rows.shape
    D = rows.astype(np.float64)
    degrees, scale = k + n, np.eye(k)
    for link in prior.links:
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
    deviations = rows - mean.astype(rows.dtype)
    links = _draw_links(deviations, precision, prior.links, blocks, rng)
    return RowPrior(mean, precision, links)


def _draw_links(
    deviations: np.ndarray,
    precision: np.ndarray,
    links: tuple[Link, ...],
    blocks: Sequence[LinkBlock],
    rng: np.random.Generator,
) -> tuple[Link, ...]:
    """Draw the link of each block in turn, given the links of the other blocks."""
    drawn = list(links)
    for number, block in enumerate(blocks):
        others = drawn[:number] + drawn[number + 1 :]
        rest = deviations - sum(link.shift for link in others)
        drawn[number] = draw_link(block, rest, precision, links[number], rng)
    return tuple(drawn)


def prior_means(prior: RowPrior, shape: tuple[int, ...]) -> np.ndarray:
    """Return the prior mean of each row, of shape ``shape``, which is (n_rows, k)."""
    if not prior.links:
        return np.broadcast_to(prior.mean, shape)
    return prior.mean + sum(link.shift for link in prior.links)


def _wishart(
    degrees: int, inverse_scale: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    scale = np.linalg.inv(inverse_scale)
    drawn = wishart.rvs(degrees, (scale + scale.T) / 2, random_state=rng)
    return np.reshape(drawn, scale.shape)
