# ruff: noqa: F821
from sklearn.metrics import root_mean_squared_error

from sklearn_cofi import CollaborativeFilter, save_npz

model = CollaborativeFilter(rating_range=(1, 5), random_state=0).fit(train)
predicted = model.predict(test)
rmse = root_mean_squared_error(test["rating"], predicted)
best = model.recommend(7, n=10)
save_npz(model, folder / "model.npz")
