"""The base of estimators that learn from features of users and of items."""

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import Estimator, Frame, SideName
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.base._ratings_input import RatingsInput
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._frame import native_frame
from sklearn_cofi.data._frame_encoder import FrameEncoder
from sklearn_cofi.data._id_arrays import id_kind
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.data._read_features import read_features, warn_without_features
from sklearn_cofi.data._side_features import FeatureRows, FeatureTable
from sklearn_cofi.inference._fitted_factors import FittedFactors, FittedFeatures
from sklearn_cofi.training._side_tables import SideTables

SIDES: tuple[SideName, SideName] = ("user", "item")


# Attributes with the fitted transformers of the frames, which files without code lack.
TRANSFORMERS = tuple(f"_{side}_feature_transformer" for side in SIDES)


class FeatureEstimator(RatingsEstimator):
    """An estimator with frames of features of users and of items as parameters.

    The fitted attributes of a side exist only if the fit had features of this side.
    """

    user_features: Frame | None
    item_features: Frame | None
    user_encoder: Estimator | None
    item_encoder: Estimator | None
    user_feature_coef_: np.ndarray
    item_feature_coef_: np.ndarray
    user_feature_effects_: np.ndarray
    item_feature_effects_: np.ndarray
    user_feature_names_: np.ndarray
    item_feature_names_: np.ndarray

    _parameter_constraints: dict = {
        **RatingsEstimator._parameter_constraints,
        "user_features": "no_validation",
        "item_features": "no_validation",
        "user_encoder": "no_validation",
        "item_encoder": "no_validation",
    }

    def feature_effects(self, side: SideName = "item") -> Frame:
        """Return the effect of each feature on the ratings, as a frame.

        ::

            bias of an item = sum_f (x_f - mean_f) * effect_f + own part

        Effects are in units of the rating, per unit of the encoded feature: for a
        category or a label it is the difference that it makes, for a standardised
        number that of one standard deviation. The effects of one feature are those with
        all other features unchanged.

        Parameters
        ----------
        side : {"item", "user"}, default="item"
            Side whose features are returned.

        Returns
        -------
        frame
            Columns feature, effect, norm and, for a model with draws, std, in the order
            of ``item_feature_names_``. The norm is that of the row of
            ``item_feature_coef_``: how much the feature changes which users like an
            item. The std is the standard deviation of the effect. The frame has the
            kind of the frame that was passed to `fit`, or is a pandas frame.

        Raises
        ------
        ValueError
            If ``side`` is neither "item" nor "user", or the model has no features of
            this side.

        Examples
        --------
        >>> import pandas as pd
        >>> from sklearn_cofi import CollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> ratings = load_tutorial().frame
        >>> items = pd.DataFrame({"item": range(11), "genre": list("aabbabbaabb")})
        >>> model = CollaborativeFilter(3, 1.0, item_features=items, random_state=0)
        >>> model.fit(ratings).feature_effects().round(2)
            feature  effect  norm
        0  genre: a   -0.19  0.39
        1  genre: b    0.19  0.39
        """
        check_is_fitted(self)
        if side not in SIDES:
            raise ValueError(f"side must be 'item' or 'user', got {side!r}.")
        fitted = self._required_features(side)
        columns = {
            "feature": getattr(self, f"{side}_feature_names_"),
            "effect": fitted.effects,
            "norm": np.linalg.norm(fitted.coef, axis=1),
        }
        std = self._effect_stds(side)
        if std is not None:
            columns["std"] = std
        return native_frame(columns, self._frame_kind)

    def _effect_stds(self, side: SideName) -> np.ndarray | None:
        """Return the standard deviation of each effect, if the model has draws."""
        return None

    def _read_tables(self, read: RatingsInput, encoded: EncodedRatings) -> SideTables:
        """Encode the frames of features, and warn of ids of X without features."""
        tables = []
        for side, ids, name in zip(SIDES, encoded.ids, read.id_names, strict=True):
            table = read_features(
                getattr(self, f"{side}_features"),
                getattr(self, f"{side}_encoder"),
                side,
                name,
                ids,
            )
            if table is not None:
                n_missing = int((~table.rows_of(ids).present).sum())
                warn_without_features(n_missing, ids.size, side)
            tables.append(table)
        return SideTables(*tables)

    def _features_of(
        self, side: SideName, ids: np.ndarray | None
    ) -> FeatureRows | None:
        """Return the features of rows with these ids, as far as the model has them."""
        fitted = self._fitted_features(side)
        known = self.user_ids_ if side == "user" else self.item_ids_
        if fitted is None or ids is None or id_kind(ids) != id_kind(known):
            return None
        return fitted.rows.take(IdMap(known).encode_distinct(ids, side))

    def _required_features(self, side: SideName) -> FittedFeatures:
        fitted = self._fitted_features(side)
        if fitted is None:
            raise ValueError(
                f"The model was fitted without features of {side}s. Pass them as "
                f"{side}_features, and fit again."
            )
        return fitted

    def _fitted_features(self, side: SideName) -> FittedFeatures | None:
        coef = getattr(self, f"{side}_feature_coef_", None)
        if coef is None:
            return None
        at = f"_{side}_feature_"
        indptr = getattr(self, at + "indptr")
        arrays = getattr(self, at + "values"), getattr(self, at + "indices"), indptr
        matrix = sparse.csr_array(arrays, shape=(indptr.size - 1, len(coef)))
        rows = FeatureRows(
            matrix, getattr(self, at + "present"), getattr(self, at + "means")
        )
        return FittedFeatures(rows, coef, getattr(self, f"{side}_feature_effects_"))

    def _feature_table(self, side: SideName) -> FeatureTable:
        """Return the features of the rows of the model, and their encoder."""
        fitted, at = self._required_features(side), f"_{side}_feature_"
        ids = self.user_ids_ if side == "user" else self.item_ids_
        encoder = None
        if hasattr(self, at + "transformer"):
            encoder = FrameEncoder(
                getattr(self, at + "transformer"),
                getattr(self, at + "columns"),
                getattr(self, at + "id_name"),
            )
        present = fitted.rows.present
        return FeatureTable(
            ids[present],
            fitted.rows.matrix[present],
            getattr(self, f"{side}_feature_names_"),
            getattr(self, at + "blocks"),
            getattr(self, at + "block_names"),
            encoder,
        )

    def _set_model(self, model: FittedFactors, validation: np.ndarray) -> None:
        """Set the attributes that `_model` reads, and the mask of held-out ratings."""
        users, items = model.users, model.items
        self.user_ids_, self.item_ids_ = users.ids, items.ids
        self.user_factors_, self.item_factors_ = users.factors, items.factors
        self.user_bias_, self.item_bias_ = users.bias, items.bias
        self.user_means_, self.item_means_ = users.means, items.means
        self.unknown_user_predictions_ = items.fallback
        self.unknown_item_predictions_ = users.fallback
        self.global_mean_ = model.global_mean
        self._set_cold_rows(users.cold, items.cold)
        self._set_fitted_features(model)
        self._set_rated(model.rated, validation)

    def _set_fitted_features(self, model: FittedFactors) -> None:
        """Set the coefficients of the features and the features of all rows."""
        for side, rows in zip(SIDES, (model.users, model.items), strict=True):
            fitted = rows.features
            if fitted is None:
                continue
            setattr(self, f"{side}_feature_coef_", fitted.coef)
            setattr(self, f"{side}_feature_effects_", fitted.effects)
            matrix = fitted.rows.matrix
            values: dict[str, Any] = {
                "indptr": matrix.indptr,
                "indices": matrix.indices,
                "values": matrix.data,
                "present": fitted.rows.present,
                "means": fitted.rows.means,
            }
            for name, value in values.items():
                setattr(self, f"_{side}_feature_{name}", value)

    def _set_tables(self, tables: SideTables) -> None:
        """Set the names of the features, and their encoders."""
        for side, table in zip(SIDES, tables, strict=True):
            if table is None:
                continue
            at = f"_{side}_feature_"
            setattr(self, f"{side}_feature_names_", table.names)
            setattr(self, at + "blocks", table.blocks)
            setattr(self, at + "block_names", table.block_names)
            if table.encoder is not None:
                setattr(self, at + "transformer", table.encoder.transformer)
                setattr(self, at + "columns", table.encoder.columns)
                setattr(self, at + "id_name", table.encoder.id_name)
