import json
import sys
from pathlib import Path

import numpy as np
import pytest

import train_factors
from checksums import check_sums
from train_factors import (
    BIAS_RIDGE,
    FACTOR_RIDGE,
    FACTOR_RIDGE_PER_RATING,
    Factors,
    Ratings,
    cross_validate,
    fit,
    learn,
    rows_of,
)

SCALE = (1.0, 5.0)


def some_ratings(count: int = 120) -> Ratings:
    random = np.random.default_rng(3)
    users, items = random.integers(0, 12, count), random.integers(0, 15, count)
    values = np.clip(np.round(3 + (users % 3 - 1) + (items % 2) + random.normal(0, 0.3, count)), 1, 5)
    return Ratings([f"u{n}" for n in range(12)], [f"i{n}" for n in range(15)], users, items, values)


def loss_of(factors: Factors, ratings: Ratings) -> float:
    """What alternating least squares makes smaller with every half of a sweep, said in one formula."""
    errors = (
        ratings.values
        - factors.mean
        - factors.user_biases[ratings.users]
        - factors.item_biases[ratings.items]
        - (factors.user_factors[ratings.users] * factors.item_factors[ratings.items]).sum(axis=1)
    )
    loss = float((errors**2).sum())
    for rows, biases, own in (
        (ratings.users, factors.user_biases, factors.user_factors),
        (ratings.items, factors.item_biases, factors.item_factors),
    ):
        ridges = FACTOR_RIDGE + FACTOR_RIDGE_PER_RATING * np.bincount(rows, minlength=len(own))
        loss += BIAS_RIDGE * float((biases**2).sum()) + float((ridges * (own**2).sum(axis=1)).sum())
    return loss


def everything(ratings: Ratings) -> np.ndarray:
    return np.ones(len(ratings), dtype=bool)


def test_items_are_the_best_for_the_users_number_by_number():
    ratings = some_ratings()
    factors = learn(ratings, everything(ratings), 4, SCALE)
    assert factors.mean == pytest.approx(ratings.values.mean())
    least = loss_of(factors, ratings)
    # The items were fitted last: any other number of theirs is worse, to both sides.
    for numbers in (factors.item_biases, factors.item_factors):
        for place in np.ndindex(numbers.shape):
            for step in (-1e-3, 1e-3):
                numbers[place] += step
                assert loss_of(factors, ratings) > least
                numbers[place] -= step


def test_every_sweep_comes_nearer(monkeypatch: pytest.MonkeyPatch):
    ratings = some_ratings()
    losses = []
    for sweeps in (1, 2, 4, 8):
        monkeypatch.setattr(train_factors, "SWEEPS", sweeps)
        losses.append(loss_of(learn(ratings, everything(ratings), 4, SCALE), ratings))
    assert losses == sorted(losses, reverse=True)
    assert losses[0] > losses[-1] + 0.01


def test_a_bias_of_one_rating_is_a_quarter_of_what_it_is_off():
    ratings = Ratings(["u", "v"], ["i", "j"], np.array([0, 1, 1, 1]), np.array([0, 1, 1, 1]), np.array([5.0, 3, 3, 3]))
    one = np.zeros((2, 1))
    fit(one, np.zeros((2, 1)), rows_of(ratings.users, ratings.items, ratings.values - 3, 2))
    # 2 / (1 rating + a ridge of 3).
    assert one[:, 0].tolist() == [0.5, 0]


def test_what_was_not_learned_has_no_part_in_it():
    ratings = some_ratings()
    learned = ratings.users != 4
    factors = learn(ratings, learned, 4, SCALE)
    assert factors.mean == pytest.approx(ratings.values[learned].mean())
    assert factors.knows_user.tolist() == [user != 4 for user in range(12)]
    assert factors.user_biases[4] == 0


def test_a_prediction_drops_the_terms_of_whom_it_does_not_know_and_keeps_to_the_scale():
    factors = Factors(
        mean=3.0,
        scale=SCALE,
        user_biases=np.array([0.5, 9.0]),
        item_biases=np.array([-0.25, 7.0]),
        user_factors=np.array([[1.0, 2.0], [5.0, 5.0]]),
        item_factors=np.array([[0.5, 0.25], [5.0, 5.0]]),
        knows_user=np.array([True, False]),
        knows_item=np.array([True, False]),
    )
    predicted = factors.predict(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    assert predicted.tolist() == [4.25, 3.5, 2.75, 3.0]
    factors.mean = 40.0
    assert factors.predict(np.array([0]), np.array([0])).tolist() == [5.0]


def test_every_rating_is_held_out_once(monkeypatch: pytest.MonkeyPatch):
    held_out = []

    def remember(ratings: Ratings, learned: np.ndarray, *_):
        held_out.append(~learned)
        return Factors(3.0, SCALE, *[np.zeros(15)] * 2, *[np.zeros((15, 1))] * 2, *[np.zeros(15, dtype=bool)] * 2)

    monkeypatch.setattr(train_factors, "learn", remember)
    ratings = some_ratings()
    measured = cross_validate(ratings, 4, SCALE)
    assert np.sum(held_out, axis=0).tolist() == [1] * len(ratings)
    # Whoever says 3 of everything is off by this much.
    errors = [ratings.values[test] - 3 for test in held_out]
    assert measured["rmse"] == round(float(np.mean([np.sqrt((error**2).mean()) for error in errors])), 4)
    assert measured["mae"] == round(float(np.mean([np.abs(error).mean() for error in errors])), 4)
    assert measured["mae_deviation"] == round(float(np.std([np.abs(error).mean() for error in errors])), 4)


def test_learning_beats_the_mean_of_ratings_that_follow_a_pattern():
    ratings = some_ratings(600)
    assert cross_validate(ratings, 4, SCALE)["rmse"] < 0.95 * ratings.values.std()


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    ratings = some_ratings(30)
    lines = [f"{ratings.user_ids[u]},{ratings.item_ids[i]},{v}" for u, i, v in zip(ratings.users, ratings.items, ratings.values)]
    (tmp_path / "ratings.csv").write_text("customer_id,product_id,rating\n" + "\n".join(lines) + "\n")
    return tmp_path


def test_reads_ids_as_texts_and_places_into_them(exported: Path):
    read, expected = Ratings.read(exported / "ratings.csv"), some_ratings(30)
    named = lambda one: [(one.user_ids[u], one.item_ids[i], v) for u, i, v in zip(one.users, one.items, one.values)]
    assert named(read) == named(expected)


def run(monkeypatch: pytest.MonkeyPatch, *given: str) -> None:
    monkeypatch.setattr(sys, "argv", ["train_factors.py", *given])
    train_factors.main()


def test_serves_what_was_learned_from_all_ratings(exported: Path, monkeypatch: pytest.MonkeyPatch):
    out = exported / "ratings" / "4"
    run(monkeypatch, "--data", str(exported), "--out", str(out), "--factors", "3")
    check_sums(out)
    content, manifest = json.loads((out / "factors.json").read_text()), json.loads((out / "manifest.json").read_text())
    ratings = Ratings.read(exported / "ratings.csv")
    factors = learn(ratings, np.ones(len(ratings), dtype=bool), 3, SCALE)
    assert content["mean"] == factors.mean
    assert content["users"]["ids"] == ratings.user_ids
    assert content["items"]["factors"] == pytest.approx(factors.item_factors.ravel(), abs=1e-6)
    assert (manifest["name"], manifest["version"], manifest["metrics"]["ratings"]) == ("ratings", "4", 30)
    before = (out / "factors.json").read_bytes()
    run(monkeypatch, "--data", str(exported), "--out", str(out), "--factors", "3")
    assert (out / "factors.json").read_bytes() == before


def test_says_what_to_do_without_ratings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        run(monkeypatch, "--data", str(tmp_path))
    assert "run `snowgate export-ratings" in capsys.readouterr().err
