"""
Convergence of the solvers
==========================

All solvers minimise the same cost with different methods. A fit records the cost and
the norm of its gradient after each iteration, and `.ConvergenceDisplay` draws them.
"""

import os

import matplotlib.pyplot as plt

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens, make_ratings
from sklearn_cofi.displays import ConvergenceDisplay

# MovieLens 100K if it has been downloaded, else simulated ratings on the same scale.
try:
    ratings = fetch_movielens(
        "100k",
        data_home=os.environ.get("SKLEARN_COFI_DATA"),
        download_if_missing=False,
    ).frame
except OSError:
    pairs, y = make_ratings(rating_range=(1, 5), step=1, random_state=0)
    ratings = pairs.assign(rating=y)

models = {
    solver: CollaborativeFilter(
        10, solver=solver, max_iter=3000, tol=1e-6, random_state=0
    ).fit(ratings)
    for solver in ("cg", "lbfgs", "als", "als-ncg")
}

# %%
# The gap is the difference from the lowest cost of all fits, relative to this cost. A
# solver that ends above another has found another local minimum. Iterations take
# different times: one of "als-ncg" takes about as long as three of "cg".

lowest = min(model.cost_ for model in models.values())
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for solver, model in models.items():
    ConvergenceDisplay.from_estimator(model, best_cost=lowest, name=solver, ax=left)
    ConvergenceDisplay.from_estimator(
        model, quantity="gradient_norm", name=solver, ax=right
    )

# %%
# With ``early_stopping=True``, the fit also records the validation error. The fitted
# factors are those with the lowest validation error.

early = CollaborativeFilter(10, "0.3*auto", early_stopping=True, random_state=0)
early.fit(ratings)
display = ConvergenceDisplay.from_estimator(early, quantity="validation")
