"""What features predict of the rows of a draw."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi.bayesian._link import Link
from sklearn_cofi.data._side_features import FeatureRows


class PredictedRows(NamedTuple):
    """A regression of rows on their features: ``row = intercept + F @ coef + rest``.

    Rows, intercept and coefficients have the columns ``[latent factors, bias]``.
    """

    intercept: np.ndarray  # (k + 1,)
    coef: np.ndarray  # (m, k + 1); m is 0 without features
    covariance: np.ndarray  # (k + 1, k + 1): of the rest, for a new row


class FeatureRegression:
    """Ridge regression of the rows of one side on their features.

    The prior mean of a row is not what features predict of it: it is what they predict
    given the items that the user rated. A row without ratings has no such items, so its
    mean is the regression on features alone.

    Parameters
    ----------
    rows : FeatureRows or None
        Features of the users or items with ratings; None is no features.
    blocks : int array of shape (m,)
        The block of each feature.

    Attributes
    ----------
    n_blocks : int
        Number of blocks.
    """

    def __init__(self, rows: FeatureRows | None, blocks: np.ndarray) -> None:
        numbers, self._blocks = np.unique(blocks, return_inverse=True)
        self._rows, self.n_blocks = rows, numbers.size
        if rows is not None:
            self._n = max(int(rows.present.sum()), 1)
            self._means = rows.transposed_times(np.ones((rows.shape[0], 1))) / self._n
            gram = rows.gram(np.ones(rows.shape[0]))
            self._gram = gram - self._n * self._means @ self._means.T

    def predicted(self, X: np.ndarray, links: tuple[Link, ...]) -> PredictedRows:
        """Regress the rows of a draw.

        ::

            coef = (F.T @ F + diag(strengths))^-1 @ F.T @ X
            rest = X - F @ coef
            covariance = (rest.T @ rest + coef.T @ diag(strengths) @ coef) / n

        with F and X minus their means over the n rows with features. The second term of
        the covariance makes up for the rest being small because the coefficients are
        fitted to it: if they have the prior covariance ``covariance / strengths``, the
        sum has the mean ``(n - 1) * covariance``, however many features there are.

        Parameters
        ----------
        X : ndarray of shape (n_rows, k + 1)
        links : tuple of Link
            The links of the draw. The last ones are those of the blocks of features,
            whose strengths are the ridge penalties.
        """
        exact = X.astype(np.float64)
        if self._rows is None:
            mean = exact.mean(axis=0)
            rest = exact - mean
            coef = np.zeros((0, mean.size))
            return PredictedRows(mean, coef, rest.T @ rest / len(rest))
        present = self._rows.present
        if not present.any():
            present = ~present  # all rows have the mean features
        mean = exact[present].mean(axis=0)
        target = self._rows.transposed_times(exact - mean)
        strengths = self._strengths(links)
        coef = np.linalg.solve(self._gram + np.diag(strengths), target)
        intercept = mean - self._means[:, 0] @ coef
        rest = exact[present] - intercept - self._rows.times(coef)[present]
        squares = rest.T @ rest + coef.T @ (strengths[:, None] * coef)
        return PredictedRows(intercept, coef, squares / len(rest))

    def drawn(
        self, X: np.ndarray, links: tuple[Link, ...], rng: np.random.Generator
    ) -> PredictedRows:
        """Return a draw of the coefficients around those of `predicted`.

        ::

            coef ~ Normal(predicted, (F.T @ F + diag(strengths))^-1 x covariance)

        with F minus its mean. The mean of the rows is that of `predicted`.
        """
        mean = self.predicted(X, links)
        if self._rows is None or not mean.coef.size:
            return mean
        system = np.linalg.cholesky(self._gram + np.diag(self._strengths(links)))
        noise = np.linalg.solve(system.T, rng.standard_normal(mean.coef.shape))
        coef = mean.coef + noise @ covariance_root(mean.covariance).T
        intercept = mean.intercept - self._means[:, 0] @ (coef - mean.coef)
        return PredictedRows(intercept, coef, mean.covariance)

    def prior_coef(self, links: tuple[Link, ...]) -> np.ndarray:
        """Return the coefficients of the features in the mean of the prior.

        They are those given the mask and the noise, as the chain drew them, and not the
        coefficients of the regression.

        Parameters
        ----------
        links : tuple of Link
            The links of the draw. The last ones are those of the blocks of features.

        Returns
        -------
        ndarray of shape (m, k + 1)
        """
        own = links[len(links) - self.n_blocks :]
        coef = np.empty((self._blocks.size, own[0].beta.shape[1]), own[0].beta.dtype)
        for number, link in enumerate(own):
            coef[self._blocks == number] = link.beta
        return coef

    def _strengths(self, links: tuple[Link, ...]) -> np.ndarray:
        """Return the ridge penalty of each feature: the strength of its block."""
        strengths = np.array([link.strength for link in links])
        return strengths[strengths.size - self.n_blocks :][self._blocks]


def centred_with_coefficients(
    rows: tuple[np.ndarray, np.ndarray], predicted: tuple[PredictedRows, PredictedRows]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of both sides, and below them the coefficients of features.

    ::

        u . i + b_u + c_i = (u - m_U) . (i - m_V) + b'_u + c'_i
        b'_u = b_u + u . m_V
        c'_i = c_i + i . m_U - m_U . m_V

    where m_U and m_V are the factors that mean features predict. The factors of a row
    without its own part are then ``F @ coef``, and ``F @ effects`` is the bias: the
    effect of a feature is that on an average row of the other side.

    Returns
    -------
    (ndarray of shape (n_users + m_user, k + 1), ndarray of shape (n_items + m_item, \
k + 1))
    """
    middles = [part.intercept[:-1] for part in predicted]
    stacked = []
    for side in (0, 1):
        own, other = middles[side], middles[1 - side]
        X, coef = rows[side].astype(np.float64), predicted[side].coef
        moved = centred_rows(X, side, own, other)
        effects = coef[:, -1] + coef[:, :-1] @ other
        below = np.column_stack([coef[:, :-1], effects])
        stacked.append(np.vstack([moved, below]).astype(rows[side].dtype))
    return stacked[0], stacked[1]


def centred_rows(
    X: np.ndarray, side: int, own: np.ndarray, other: np.ndarray
) -> np.ndarray:
    """Return rows of a side around m_U and m_V: see `centred_with_coefficients`.

    Parameters
    ----------
    X : float64 array of shape (n_rows, k + 1)
    side : {0, 1}
        0 for rows of users, 1 for rows of items.
    own, other : float64 arrays of shape (k,)
        The factors that mean features predict, of this side and of the other side.
    """
    bias = X[:, -1] + X[:, :-1] @ other - (own @ other if side else 0)
    return np.column_stack([X[:, :-1] - own, bias])


def centred_draws(
    rows: np.ndarray, side: int, predicted: tuple[PredictedRows, PredictedRows] | None
) -> np.ndarray:
    """Return rows of each draw around the rows of mean features.

    The rows of the mean are stored like this: see `centred_with_coefficients`. Without
    features they are as they are.

    Parameters
    ----------
    rows : float array of shape (n_draws, n_rows, k + 1)
    side : {0, 1}
        0 for rows of users, 1 for rows of items.
    predicted : (PredictedRows, PredictedRows) or None
        The regressions of users and of items in each draw, stacked.
    """
    if predicted is None:
        return rows
    own, other = (predicted[s].intercept[:, :-1] for s in (side, 1 - side))
    return np.stack(
        [
            centred_rows(X.astype(np.float64), side, *middles)
            for X, *middles in zip(rows, own, other, strict=True)
        ]
    )


def covariance_root(covariance: np.ndarray) -> np.ndarray:
    """Return L with ``L @ L.T`` equal to a covariance, which may be singular."""
    variances, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(variances, 0))
