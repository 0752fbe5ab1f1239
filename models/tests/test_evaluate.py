import numpy as np
import pytest

from evaluate import has_learned, lift_curve, met, shift_to
from small_rows import rows_of


def test_lift_is_the_share_of_purchases_in_the_first_of_each_order():
    scores = -np.tile(np.arange(200.0), 2)
    bought = np.zeros(400)
    bought[[0, 3, 200, 399]] = 1
    curve = lift_curve(rows_of(customer=np.repeat([1, 2], 200), label=bought), scores)
    # 2 of 200 products are the first percent: one of two purchases of each customer; 4 hold both of the first one's.
    assert curve[:2] == [0.5, 0.75]
    assert curve[98:] == [0.75, 1]


def test_the_first_percent_of_a_few_products_is_none_of_them():
    curve = lift_curve(rows_of(customer=[1] * 4, label=[1, 0, 0, 0]), np.array([4.0, 3, 2, 1]))
    assert curve[:24] == [0] * 24
    assert curve[24:] == [1] * 76


def test_a_shift_brings_the_mean_to_the_share_that_was_bought():
    logits = np.random.default_rng(1).normal(-1, 2, 1000)
    shift = shift_to(logits, 0.01)
    assert (1 / (1 + np.exp(-(logits + shift)))).mean() == pytest.approx(0.01)


def test_a_product_is_met_with_which_this_customer_ever_had_to_do():
    rows = rows_of(customer=[0, 0, 1, 1], product=[5, 6, 5, 6])
    pairs = rows_of(customer=[0, 1, 2], product=[5, 6, 6], weight=[0.01, 3, 1])
    assert met(rows, pairs).tolist() == [True, False, False, True]


class Learned:
    trained_on = ["demo 7"]
    manifest = {"trainingWindow": {"to": "2026-10-18T00:00:00.000Z"}}


def test_a_model_must_not_know_what_happened_after_the_moment_that_it_is_measured_at():
    assert not has_learned(Learned, "demo 7", "2026-10-18T00:00:00.000Z")
    assert has_learned(Learned, "demo 7", "2026-10-04T00:00:00.000Z")
    assert not has_learned(Learned, "demo 8", "2026-10-04T00:00:00.000Z")
