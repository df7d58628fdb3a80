"""Items lowered by popularity are those of a model with lower predictions."""

import numpy as np
from fitting import fit
from strategies import random_ratings

from sklearn_cofi.inference._popularity import penalise_popularity


def test_all_predictions_of_an_item_are_lowered_by_its_penalty():
    model = fit(random_ratings(3, (8, 12)), fit_bias=True)._model()
    counts = np.array([0, 1, 2, *range(3, 12)])
    penalised = model.with_side("item", penalise_popularity(model.items, counts, 0.25))
    users, items = (x.ravel() for x in np.indices((9, 12)))
    users = users - 1  # -1 is an unknown user
    lowered = np.r_[0, 0, 0.25 * np.log(np.arange(2, 12))]
    np.testing.assert_allclose(
        penalised.predict(users, items),
        model.predict(users, items) - lowered[items],
        rtol=1e-12,
        atol=1e-14,
    )
