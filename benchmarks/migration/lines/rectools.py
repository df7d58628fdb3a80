# ruff: noqa: F821
from implicit.als import AlternatingLeastSquares
from rectools import Columns
from rectools.dataset import Dataset
from rectools.metrics import NDCG, calc_metrics
from rectools.models import ImplicitALSWrapperModel

names = {"user": Columns.User, "item": Columns.Item}
train, test = (
    part.rename(columns=names).assign(weight=1.0, datetime="2026-01-01")
    for part in (train, test)
)
dataset = Dataset.construct(train)
als = AlternatingLeastSquares(128, regularization=60, alpha=12, random_state=0)
model = ImplicitALSWrapperModel(als)
model.fit(dataset)
users = test[Columns.User].unique()
best = model.recommend(users, dataset, k=10, filter_viewed=True)
ndcg = NDCG(k=10, divide_by_achievable=True)
ndcg = calc_metrics({"ndcg": ndcg}, best, test)["ndcg"]
model.save(folder / "model.pickle")
