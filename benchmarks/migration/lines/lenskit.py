# ruff: noqa: F821
import pickle

from lenskit.als import BiasedMFScorer
from lenskit.batch import predict, recommend
from lenskit.data import ItemListCollection, UserIDKey, from_interactions_df
from lenskit.metrics import RMSE, RunAnalysis
from lenskit.pipeline import topn_pipeline
from lenskit.training import TrainingOptions

names = {"user": "user_id", "item": "item_id"}
held_out = ItemListCollection.from_df(test.rename(columns=names), UserIDKey)
pipeline = topn_pipeline(BiasedMFScorer(), predicts_ratings=True)
pipeline.train(from_interactions_df(train), TrainingOptions(rng=0))
predicted = predict(pipeline, held_out, n_jobs=1)
analysis = RunAnalysis()
analysis.add_metric(RMSE())
scores = analysis.measure(predicted, held_out)
best = recommend(pipeline, [7], n=10, n_jobs=1)
with open(folder / "model.pickle", "wb") as file:
    pickle.dump(pipeline, file)
