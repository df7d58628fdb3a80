# ruff: noqa: F821
import numpy as np
import pandas as pd
from implicit.als import AlternatingLeastSquares
from implicit.evaluation import ranking_metrics_at_k
from scipy.sparse import csr_matrix

users, items = pd.Index(train["user"].unique()), pd.Index(train["item"].unique())
shape = len(users), len(items)
test = test[test["item"].isin(items)]
pairs, held_out = (
    (users.get_indexer(part["user"]), items.get_indexer(part["item"]))
    for part in (train, test)
)
clicks = csr_matrix((np.ones(len(train)), pairs), shape)
test_clicks = csr_matrix((np.ones(len(test)), held_out), shape)
model = AlternatingLeastSquares(128, regularization=60, alpha=12, random_state=0)
model.fit(clicks)
codes, scores = model.recommend(np.arange(len(users)), clicks, N=10)
best = items.to_numpy()[codes]
ndcg = ranking_metrics_at_k(model, clicks, test_clicks, K=10)["ndcg"]
model.save(folder / "model.npz")
