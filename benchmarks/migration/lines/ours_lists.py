# ruff: noqa: F821
from sklearn_cofi import RankingCollaborativeFilter, save_npz
from sklearn_cofi.metrics import ndcg_at_k

model = RankingCollaborativeFilter(random_state=0).fit(train)
best = model.recommend(test["user"].unique(), n=10)
ndcg = ndcg_at_k(test, best, k=10)
save_npz(model, folder / "model.npz")
