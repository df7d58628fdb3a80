"""The normal prior of the rows of users or of items, which is drawn with them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike
from scipy.special import gammaln
from scipy.stats import wishart

from sklearn_cofi.bayesian._link import Link, LinkBlock, draw_link, no_link
from sklearn_cofi.bayesian._noise import DEGREES, draw_from_grid

# Number of rows that the prior of the mean counts for, as in the paper.
_MEAN_ROWS = 2
_FIRST_DEGREES = 10.0


class RowPrior(NamedTuple):
    """Rows are normal around ``mean + sum over blocks of F @ link.beta``.

    Row u has the precision ``own[u] * precision``, with
    ``own[u] ~ Gamma(own_degrees / 2, rate own_degrees / 2)``. Over all values of
    ``own``, rows have a t distribution: most are near the mean, and a few are far.
    """

    mean: np.ndarray  # (k,)
    precision: np.ndarray  # (k, k)
    links: tuple[Link, ...]  # one for each block
    own: np.ndarray  # (n_rows,): omega, around 1
    own_degrees: float  # kappa


def first_prior(
    shape: tuple[int, int], blocks: Sequence[LinkBlock], dtype: DTypeLike
) -> RowPrior:
    """Return the start of the chain, for rows of a shape: mean 0, all precisions 1."""
    n, k = shape
    links = tuple(no_link(block, k, dtype) for block in blocks)
    return RowPrior(np.zeros(k), np.eye(k), links, np.ones(n), _FIRST_DEGREES)


def draw_prior(
    rows: np.ndarray,
    prior: RowPrior,
    blocks: Sequence[LinkBlock],
    rng: np.random.Generator,
) -> RowPrior:
    """Draw precision, mean and links given the rows and their ``own``, in this order.

    ::

        D = rows - sum of F @ beta,  n = sum of own,  m = own @ D / n
        precision ~ Wishart(k + n_rows + n_columns, scale inverse of
                    I + (D - m).T @ diag(own) @ (D - m)
                      + 2 * n / (2 + n) * outer(m, m)
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
    n_rows, k = rows.shape
    D = rows.astype(np.float64)
    degrees, scale = k + n_rows, np.eye(k)
    for link in prior.links:
        D -= link.shift
        degrees += link.beta.shape[0]
        beta = link.beta.astype(np.float64)
        scale += link.strength * beta.T @ beta
    n = prior.own.sum()
    m = prior.own @ D / n
    scale += (D - m).T @ (prior.own[:, None] * (D - m))
    scale += _MEAN_ROWS * n / (_MEAN_ROWS + n) * np.outer(m, m)
    precision = _wishart(degrees, scale, rng)
    spread = np.linalg.cholesky((_MEAN_ROWS + n) * precision)
    delta = np.linalg.solve(spread.T, rng.standard_normal(k))
    mean = n * m / (_MEAN_ROWS + n) + delta
    deviations = rows - mean.astype(rows.dtype)
    prior = prior._replace(mean=mean, precision=precision)
    return prior._replace(links=_draw_links(deviations, prior, blocks, rng))


def _draw_links(
    deviations: np.ndarray,
    prior: RowPrior,
    blocks: Sequence[LinkBlock],
    rng: np.random.Generator,
) -> tuple[Link, ...]:
    """Draw the link of each block in turn, given the links of the other blocks.

    Rows times the root of their own precision all have the same precision. Both sides
    of ``rows = F @ beta + noise`` are multiplied by it.
    """
    drawn, roots = list(prior.links), np.sqrt(prior.own).astype(deviations.dtype)
    column = roots[:, None]
    for number, block in enumerate(blocks):
        link, others = drawn[number], drawn[:number] + drawn[number + 1 :]
        rest = column * (deviations - sum(other.shift for other in others))
        scaled = link._replace(shift=column * link.shift)
        new = draw_link(block.weighted(roots), rest, prior.precision, scaled, rng)
        drawn[number] = new._replace(shift=new.shift / column)
    return tuple(drawn)


def draw_own(rows: np.ndarray, prior: RowPrior, rng: np.random.Generator) -> RowPrior:
    """Draw the degrees of freedom of the rows, and then the precision of each row.

    ::

        q_u = D[u] @ precision @ D[u],  D = rows - mean - sum of F @ beta
        own[u] ~ Gamma((kappa + k) / 2, rate (kappa + q_u) / 2)

    The degrees kappa are drawn from a grid with a flat prior on the logarithm, given
    that the rows have a t distribution: given thousands of ``own``, they would hardly
    move.

    References
    ----------
    Lange, Little and Taylor, "Robust Statistical Modeling Using the t Distribution",
    JASA 84, 1989, doi:10.1080/01621459.1989.10478852; for rows of a factorisation,
    Lakshminarayanan, Bouchard and Archambeau, "Robust Bayesian Matrix Factorisation",
    AISTATS 2011.
    """
    n, k = rows.shape
    D = rows.astype(np.float64) - prior_means(prior, rows.shape)
    squares = np.einsum("uk,uk->u", D @ prior.precision, D)
    kappa = _draw_own_degrees(squares, k, rng)
    own = rng.gamma((kappa + k) / 2, size=n) / ((kappa + squares) / 2)
    return prior._replace(own=own, own_degrees=kappa)


def _draw_own_degrees(squares: np.ndarray, k: int, rng: np.random.Generator) -> float:
    """Draw kappa, given the squared distances of the rows from their means.

    The density of a row with q is, up to factors without kappa::

        gamma((kappa + k) / 2) / gamma(kappa / 2) / kappa**(k / 2)
            / (1 + q / kappa)**((kappa + k) / 2)
    """
    half = (DEGREES + k) / 2
    each = gammaln(half) - gammaln(DEGREES / 2) - k / 2 * np.log(DEGREES)
    tails = np.array([np.log1p(squares / kappa).sum() for kappa in DEGREES])
    return draw_from_grid(squares.size * each - half * tails, rng)


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
