# ruff: noqa: F821
from surprise import SVD, Dataset, Reader, accuracy, dump

reader = Reader(rating_scale=(1, 5))
columns = ["user", "item", "rating"]
trainset = Dataset.load_from_df(train[columns], reader).build_full_trainset()
testset = list(test[columns].itertuples(index=False, name=None))
model = SVD(random_state=0)
model.fit(trainset)
predicted = model.test(testset)
rmse = accuracy.rmse(predicted, verbose=False)
estimate = model.predict(7, 3).est
dump.dump(folder / "model.pickle", algo=model)
