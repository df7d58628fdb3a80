"""The HTML and text of a filter in a notebook, and the effect of global settings."""

import re
from email.message import Message
from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_html_repr
from versions import since

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    ClusterRecommender,
    CollaborativeFilter,
    CollaborativeFilterCV,
    FeatureEncoder,
    RankingCollaborativeFilter,
    _compat,
)
from sklearn_cofi._compat import documentation_address

shows_parameters = since("1.8", "parameters in HTML")
shows_attributes = since("1.9", "fitted attributes in HTML")


def text_of(html):
    """Return the visible text, without markup, on one line."""
    for hidden in (r"(?s)<(style|script).*?</\1>", r"<[^>]+>"):
        html = re.sub(hidden, " ", html)
    return re.sub(r"\s+", " ", html)


@pytest.fixture
def fitted(model, X, y):
    return model.fit(X, y)


@shows_parameters
def test_an_unfitted_filter_shows_its_parameters():
    html = CollaborativeFilter(7, reg_param=2.5)._repr_html_()
    shown = text_of(html)
    assert " Not fitted " in shown
    for name, value in CollaborativeFilter(7, reg_param=2.5).get_params().items():
        assert f" {name} {value!r} ".replace("'", "&#x27;") in shown, name
    assert "item_factors_" not in shown


@shows_attributes
def test_a_fitted_filter_shows_its_fitted_attributes(fitted):
    shown = text_of(fitted._repr_html_())
    assert " Fitted " in shown
    assert " Not fitted " not in shown
    n_users, n_items = fitted.user_ids_.size, fitted.item_ids_.size
    assert f" user_factors_ ndarray[float64]({n_users}, 4) " in shown
    assert f" item_factors_ ndarray[float64]({n_items}, 4) " in shown
    assert f" n_iter_ int {fitted.n_iter_} " in shown


@shows_attributes
def test_every_public_attribute_is_shown_and_documented(fitted):
    html = fitted._repr_html_()
    public = [name for name in vars(fitted) if re.fullmatch(r"[a-z].*[a-z]_", name)]
    assert len(public) > 10
    for name in public:
        assert f" {name} " in text_of(html)
        assert re.search(rf"\b{name}\b", CollaborativeFilter.__doc__), name


@shows_attributes
def test_a_pipeline_shows_the_filter_inside_of_it(fitted):
    pipeline = make_pipeline(FunctionTransformer(), fitted)
    shown = text_of(estimator_html_repr(pipeline))
    assert "CollaborativeFilter" in shown
    assert " num_features 4 " in shown
    assert estimator_html_repr(fitted).count("item_factors_") > 0


@pytest.fixture
def site(monkeypatch):
    """A function that sets the project URLs of the installed package."""

    def install(*urls):
        message = Message()
        for url in urls:
            message["Project-URL"] = url
        monkeypatch.setattr(_compat, "metadata", lambda name: message)
        documentation_address.cache_clear()

    yield install
    documentation_address.cache_clear()


ESTIMATORS = [
    BayesianCollaborativeFilter(),
    ClusterRecommender(CollaborativeFilter()),
    CollaborativeFilter(),
    CollaborativeFilterCV(),
    FeatureEncoder(),
    RankingCollaborativeFilter(),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda one: type(one).__name__)
def test_the_html_links_to_the_page_of_the_estimator(site, estimator):
    site("Source, https://git.invalid/x", "Documentation, https://docs.invalid/cofi/")
    name = type(estimator).__name__
    page = f"https://docs.invalid/cofi/reference/generated/sklearn_cofi.{name}.html"
    assert f'href="{page}">?<span>Documentation for {name}' in estimator._repr_html_()


@pytest.mark.parametrize("urls", [[], ["Source, https://git.invalid/x"]])
def test_without_an_address_there_is_no_link(site, urls):
    site(*urls)
    html = CollaborativeFilter()._repr_html_()
    assert "Documentation for CollaborativeFilter" not in html
    assert "https://git.invalid" not in html


def test_a_package_that_is_not_installed_has_no_address(site, monkeypatch):
    def not_found(name):
        raise PackageNotFoundError(name)

    site()
    monkeypatch.setattr(_compat, "metadata", not_found)
    assert documentation_address() == ""


def test_a_subclass_of_another_package_has_no_page(site):
    class Mine(CollaborativeFilter):
        pass

    site("Documentation, https://docs.invalid")
    assert "docs.invalid" not in Mine()._repr_html_()


@pytest.mark.parametrize("display", ["diagram", "text"])
def test_the_text_is_an_expression_that_makes_the_filter(fitted, display):
    with config_context(display=display):
        bundle = fitted._repr_mimebundle_()
    assert ("text/html" in bundle) == (display == "diagram")
    made = eval(bundle["text/plain"], {"CollaborativeFilter": CollaborativeFilter})
    assert made.get_params() == fitted.get_params()


@pytest.mark.parametrize("output", ["default", "pandas", "polars"])
def test_the_setting_of_transform_output_has_no_effect(fitted, X, y, output):
    users = list(fitted.user_ids_[:3])
    with config_context(transform_output=output):
        twin = clone(fitted).fit(X, y)
        predicted, recommended = twin.predict(X), twin.recommend(users)
        assert twin.score(X, y) == fitted.score(X, y)
        columns = ColumnTransformer([("ids", "passthrough", ["user", "item"])])
        piped = make_pipeline(columns, clone(fitted)).fit(X, y)
        np.testing.assert_array_equal(piped.predict(X), predicted)
    assert type(predicted) is np.ndarray
    np.testing.assert_array_equal(predicted, fitted.predict(X))
    assert recommended.equals(fitted.recommend(users))
