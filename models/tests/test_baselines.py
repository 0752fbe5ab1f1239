import numpy as np
import pytest

from baselines import EASE_POPULARITY, baselines_of, blend, favourite_categories, recently_viewed, truths_of
from small_rows import rows_of

COLUMNS = [
    "popularity",
    "view_popularity",
    "category_share",
    "days_since_viewed",
    "neighbours",
    "style_match",
    "prior_score",
]


def test_favourite_categories_are_the_three_of_the_greatest_share():
    # A row is a product; products of one category have the same share.
    rows = rows_of(customer=[1] * 7 + [2] * 2, category_share=[0.4, 0.1, 0.3, 0.15, 0.05, 0.4, 0.15, 0.5, 0.5])
    assert favourite_categories(rows).tolist() == [True, False, True, True, False, True, True, True, True]


def test_what_was_viewed_last_comes_first_and_long_ago_does_not_count():
    rows = rows_of(days_since_viewed=[0, 99, 100, 999, 3.5])
    scores = recently_viewed(rows)
    assert scores[2] == scores[3] == 0
    assert scores[0] > scores[4] > scores[1] > 0


def test_every_baseline_orders_by_what_its_name_says():
    random = np.random.default_rng(1)
    values = {name: random.random(12) for name in COLUMNS}
    values["days_since_viewed"] = np.where(np.arange(12) % 3 == 0, 5.0, 999.0)
    values["neighbours"] = np.where(np.arange(12) % 4 == 0, 0.2, 0.0)
    rows = rows_of(customer=[0] * 12, product=range(12), **values)
    pairs = rows_of(customer=[0, 1, 1, 2, 2], product=[0, 0, 5, 0, 5], weight=[1, 1, 1, 1, 1])
    scores = baselines_of(rows, pairs)
    assert np.array_equal(scores["popular in region"], rows["popularity"])
    assert np.array_equal(scores["most viewed, all regions"], rows["view_popularity"])
    assert np.array_equal(scores["prior score, untrained"], rows["prior_score"])
    viewed, popular = scores["recently viewed, then popular"], rows["popularity"]
    assert viewed[rows["days_since_viewed"] == 5].min() > viewed[rows["days_since_viewed"] == 999].max()
    assert np.array_equal(np.argsort(viewed[1:3]), np.argsort(popular[1:3]))
    neighbours = scores["item neighbours, then popular"]
    assert neighbours[rows["neighbours"] > 0].min() > neighbours[rows["neighbours"] == 0].max()
    favourite = favourite_categories(rows)
    of_favourites = scores["popular in favourite categories"]
    assert of_favourites[favourite].min() > of_favourites[~favourite].max()
    # Who had to do with product 0 had to do with 5 as well, and nobody with the others.
    ease = scores["EASE, then popular"] - EASE_POPULARITY * popular
    assert int(np.argmax(ease)) == 5
    assert ease[5] > 0.01
    assert np.abs(np.delete(ease, [0, 5])).max() < 1e-6
    assert scores["factorization"] == pytest.approx(popular + np.log(rows["category_share"]) + rows["style_match"], abs=1e-6)


def test_the_truth_is_known_only_where_it_was_exported():
    assert truths_of(rows_of(oracle=[0, 0], bound=[0, 0])) == {}
    truths = truths_of(rows_of(oracle=[1, 2], bound=[3, 4]))
    assert {name: scores.tolist() for name, scores in truths.items()} == {"oracle": [1, 2], "plug-in bound": [3, 4]}


def test_the_blend_is_seven_parts_of_ten_the_model():
    assert blend(np.array([1.0, 0.0]), np.array([0.0, 0.5])) == pytest.approx([0.7, 0.15])
