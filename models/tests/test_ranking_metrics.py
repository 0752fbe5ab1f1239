import math

import numpy as np
import pytest

from ranking_metrics import (
    auc,
    brier,
    calibration_curve,
    expected_calibration_error,
    interval_of,
    quality_of,
    ratio_of,
    slices_of,
)


def auc_by_pairs(scores: list[float], labels: list[float]) -> float:
    bought = [score for score, label in zip(scores, labels) if label == 1]
    others = [score for score, label in zip(scores, labels) if label == 0]
    wins = sum(1.0 if one > other else 0.5 if one == other else 0.0 for one in bought for other in others)
    return wins / (len(bought) * len(others))


def places_of(scores: list[float], labels: list[float]) -> list[int]:
    """Places, from 1, of what was bought; equal scores keep the order of the rows, which is that of the product ids."""
    order = sorted(range(len(scores)), key=lambda row: (-scores[row], row))
    return [place for place, row in enumerate(order, 1) if labels[row] == 1]


def ndcg_by_hand(places: list[int]) -> float:
    ideal = sum(1 / math.log2(place + 1) for place in range(1, min(10, len(places)) + 1))
    return sum(1 / math.log2(place + 1) for place in places if place <= 10) / ideal


def map_by_hand(places: list[int]) -> float:
    return sum(found / place for found, place in enumerate(places, 1) if place <= 10) / min(10, len(places))


def world(seed: int, sizes: list[int], levels: int) -> tuple[np.ndarray, ...]:
    """Customers with so many products each; scores of few levels have many ties."""
    random = np.random.default_rng(seed)
    customers = np.repeat(np.arange(len(sizes)), sizes).astype("f4")
    products = np.concatenate([np.sort(random.choice(500, size, replace=False)) for size in sizes]).astype("f4")
    labels = (random.random(len(customers)) < 0.3).astype("f4")
    return random.integers(0, levels, len(customers)).astype("f4"), labels, customers, products


@pytest.mark.parametrize("levels", [2, 7, 10_000])
@pytest.mark.parametrize("size", [2, 3, 9, 40])
def test_auc_is_the_share_of_pairs_in_the_right_order(levels: int, size: int):
    for seed in range(20):
        random = np.random.default_rng(seed)
        scores = random.integers(0, levels, size).astype("f4")
        labels = (random.random(size) < 0.5).astype("f4")
        labels[0], labels[-1] = 1, 0
        assert auc(scores, labels) == pytest.approx(auc_by_pairs(scores.tolist(), labels.tolist()), abs=1e-6)


def test_auc_of_cases_made_by_hand():
    labels = np.array([1, 0, 0])
    assert auc(np.array([3.0, 2.0, 1.0]), labels) == 1
    assert auc(np.array([1.0, 2.0, 3.0]), labels) == 0
    assert auc(np.array([2.0, 1.0, 3.0]), labels) == 0.5
    assert auc(np.array([5.0, 5.0, 5.0]), labels) == 0.5
    assert auc(np.array([2.0, 2.0, 1.0]), labels) == 0.75


@pytest.mark.parametrize("levels", [3, 10_000])
def test_quality_is_what_each_customers_order_says(levels: int):
    scores, labels, customers, products = world(1, [30, 4, 11, 10, 200, 1], levels)
    quality = quality_of(scores, labels, customers, products)
    expected = []
    for customer in range(6):
        own, bought = scores[customers == customer].tolist(), labels[customers == customer].tolist()
        if 0 < sum(bought) < len(bought):
            places = places_of(own, bought)
            hit = float(any(place <= 10 for place in places))
            expected.append((auc_by_pairs(own, bought), ndcg_by_hand(places), map_by_hand(places), hit))
    measured = np.array([quality.auc, quality.ndcg, quality.precision, quality.hit]).T
    assert measured == pytest.approx(np.array(expected), abs=1e-6)


def test_equal_scores_are_ordered_by_product():
    scores, customers, products = np.zeros(12), np.zeros(12), np.arange(12)
    for place in range(12):
        labels = (products == place).astype(float)
        quality = quality_of(scores, labels, customers, products)
        assert quality.hit[0] == float(place < 10)
        assert quality.ndcg[0] == pytest.approx(1 / math.log2(place + 2) if place < 10 else 0)
        assert quality.precision[0] == pytest.approx(1 / (place + 1) if place < 10 else 0)


def test_ndcg_is_one_for_more_purchases_than_the_ten_shown():
    labels = np.r_[np.ones(15), np.zeros(5)]
    quality = quality_of(np.arange(20, 0, -1), labels, np.zeros(20), np.arange(20))
    assert (quality.ndcg[0], quality.precision[0]) == (pytest.approx(1), pytest.approx(1))


def test_coverage_counts_what_all_top_tens_show_of_all_products():
    products = np.tile(np.arange(40), 2)
    customers = np.repeat([1, 2], 40)
    bought = np.zeros(80)
    same = quality_of(-products.astype(float), bought, customers, products)
    assert same.coverage == 10 / 40
    # Whoever buys nothing has no quality, but sees products.
    assert len(same.auc) == 0
    other = np.r_[-np.arange(40.0), np.arange(40.0)]
    assert quality_of(other, bought, customers, products).coverage == 20 / 40


def test_customers_who_bought_nothing_or_everything_have_no_quality():
    labels = np.array([0, 0, 1, 1, 1, 0])
    quality = quality_of(np.arange(6.0), labels, np.array([1, 1, 2, 2, 3, 3]), np.array([1, 2, 1, 2, 1, 2]))
    assert quality.auc.tolist() == [0]


def test_nobody_has_no_quality_and_no_coverage():
    nothing = np.array([])
    quality = quality_of(nothing, nothing, nothing, nothing)
    assert (len(quality.auc), len(quality.hit), quality.coverage) == (0, 0, 0)


def test_slices_are_the_runs_of_one_customer():
    assert slices_of(np.array([7, 7, 3, 9, 9, 9])) == [(0, 2), (2, 3), (3, 6)]
    assert slices_of(np.array([7])) == [(0, 1)]


def test_the_interval_is_that_of_the_mean_and_the_same_every_time():
    values = np.random.default_rng(3).normal(0.4, 0.2, 400)
    low, high = interval_of(values)
    assert (low, high) == interval_of(values)
    error = 1.96 * values.std() / math.sqrt(len(values))
    assert (low, high) == pytest.approx((values.mean() - error, values.mean() + error), abs=error * 0.1)


def test_brier_is_the_mean_squared_error():
    assert brier(np.array([0.0, 0.5, 1.0]), np.array([0, 1, 0])) == pytest.approx((0 + 0.25 + 1) / 3)


def test_calibration_compares_tenths_of_the_rows():
    probabilities = np.repeat([0.1, 0.9], 50)
    labels = np.r_[np.tile([1, 0, 0, 0, 0], 10), np.ones(50)]
    curve = calibration_curve(probabilities, labels, 2)
    assert curve == pytest.approx(np.array([[0.1, 0.2, 50], [0.9, 1, 50]]))
    # Each half is off by a tenth.
    assert expected_calibration_error(probabilities, labels) == pytest.approx(0.1)


def test_calibration_weighs_parts_by_their_rows_and_leaves_empty_ones_out():
    curve = calibration_curve(np.array([0.3, 0.1, 0.2]), np.array([1, 0, 0]), 10)
    assert curve == pytest.approx(np.array([[0.1, 0, 1], [0.2, 0, 1], [0.3, 1, 1]]))
    uneven = calibration_curve(np.arange(5) / 10, np.zeros(5), 2)
    assert uneven[:, 2].tolist() == [3, 2]
    assert expected_calibration_error(np.arange(11) / 10, np.zeros(11)) == pytest.approx(0.5)


def test_a_ratio_of_means_draws_the_same_customers_for_both():
    values = np.array([0.1, 0.4, 0.9, 0.2] * 50)
    assert ratio_of(values, 2 * values) == pytest.approx([0.5, 0.5, 0.5])
    ratio, low, high = ratio_of(values, np.full(200, 0.5))
    assert low < ratio < high
    assert ratio == pytest.approx(0.8)
