"""FeatureEffectsDisplay: a bar for each feature, sorted by its effect."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_cofi import BayesianCollaborativeFilter, CollaborativeFilter
from sklearn_cofi.datasets import load_tutorial
from sklearn_cofi.displays import FeatureEffectsDisplay

pd = pytest.importorskip("pandas")

FRAME = load_tutorial().frame
ITEMS = pd.DataFrame({"item": range(10), "genre": list("aabbcbbacb")})


@pytest.fixture(scope="module")
def bayesian():
    model = BayesianCollaborativeFilter(
        2, 20, burn_in=5, item_features=ITEMS, random_state=0
    )
    return model.fit(FRAME)


def labels(display):
    return [label.get_text() for label in display.ax_.get_yticklabels()]


def test_bars_are_sorted_and_have_lines_of_two_standard_deviations(bayesian):
    display = FeatureEffectsDisplay.from_estimator(bayesian)
    effects = bayesian.feature_effects().sort_values("effect", ascending=False)
    assert labels(display) == effects["feature"].tolist()
    widths = [bar.get_width() for bar in display.bars_]
    np.testing.assert_array_equal(widths, effects["effect"])
    segments = display.bars_.errorbar.lines[2][0].get_segments()
    lengths = [segment[1, 0] - segment[0, 0] for segment in segments]
    np.testing.assert_allclose(lengths, 4 * effects["std"])
    assert display.ax_.get_xlabel().endswith("with 2 standard deviations")


def test_the_largest_effects_of_either_sign_are_drawn():
    names = np.array(["small", "positive", "negative"])
    display = FeatureEffectsDisplay(features=names, effects=np.array([0.1, 2.0, -3.0]))
    display.plot(n=2)
    assert labels(display) == ["positive", "negative"]
    assert display.shown_.tolist() == [1, 2]
    assert display.bars_.errorbar is None
    colors = {bar.get_facecolor() for bar in display.bars_}
    assert len(colors) == 2


def test_a_pipeline_and_a_style_of_the_user_are_drawn():
    model = CollaborativeFilter(2, item_features=ITEMS, random_state=0)
    pipeline = make_pipeline(FunctionTransformer(), model).fit(FRAME)
    display = FeatureEffectsDisplay.from_estimator(pipeline, color="k")
    assert {bar.get_facecolor() for bar in display.bars_} == {(0, 0, 0, 1)}


def test_errors_name_what_is_wrong(bayesian):
    with pytest.raises(TypeError, match="not from a KMeans"):
        FeatureEffectsDisplay.from_estimator(KMeans())
    with pytest.raises(NotFittedError):
        FeatureEffectsDisplay.from_estimator(CollaborativeFilter())
    with pytest.raises(ValueError, match="without features of users"):
        FeatureEffectsDisplay.from_estimator(bayesian, side="user")
    with pytest.raises(ValueError, match="n == 0"):
        FeatureEffectsDisplay.from_estimator(bayesian, n=0)
