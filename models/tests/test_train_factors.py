import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest

import train_factors
from checksums import check_sums
from train_factors import EPOCHS, RATE, REGULARIZATION, SEED, SPREAD, Factors, Ratings, cross_validate, learn

SCALE = (1.0, 5.0)


def some_ratings(count: int = 120) -> Ratings:
    random = np.random.default_rng(3)
    users, items = random.integers(0, 12, count), random.integers(0, 15, count)
    values = np.clip(np.round(3 + (users % 3 - 1) + (items % 2) + random.normal(0, 0.3, count)), 1, 5)
    return Ratings([f"u{n}" for n in range(12)], [f"i{n}" for n in range(15)], users, items, values)


def learn_by_loops(ratings: Ratings, factor_count: int) -> tuple[float, list, list, list, list]:
    """The rule of biased matrix factorization, number by number, from the same start."""
    random = np.random.default_rng(SEED)
    p = random.normal(0, SPREAD, (len(ratings.user_ids), factor_count)).tolist()
    q = random.normal(0, SPREAD, (len(ratings.item_ids), factor_count)).tolist()
    bu, bi = [0.0] * len(p), [0.0] * len(q)
    mean = math.fsum(ratings.values) / len(ratings.values)
    for _ in range(EPOCHS):
        for u, i, value in zip(ratings.users, ratings.items, ratings.values):
            error = value - (mean + bu[u] + bi[i] + math.fsum(a * b for a, b in zip(p[u], q[i])))
            bu[u] += RATE * (error - REGULARIZATION * bu[u])
            bi[i] += RATE * (error - REGULARIZATION * bi[i])
            for f in range(factor_count):
                a, b = p[u][f], q[i][f]
                p[u][f] += RATE * (error * b - REGULARIZATION * a)
                q[i][f] += RATE * (error * a - REGULARIZATION * b)
    return mean, bu, bi, p, q


def test_learns_what_the_rule_says_number_by_number():
    ratings = some_ratings()
    factors = learn(ratings, np.ones(len(ratings), dtype=bool), 4, SCALE)
    mean, bu, bi, p, q = learn_by_loops(ratings, 4)
    assert factors.mean == pytest.approx(mean)
    learned = (factors.user_biases, factors.item_biases, factors.user_factors, factors.item_factors)
    for measured, expected in zip(learned, (bu, bi, p, q)):
        assert measured == pytest.approx(np.array(expected), abs=1e-10)


def test_a_step_goes_down_the_gradient_of_the_loss(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(train_factors, "EPOCHS", 1)
    ratings = Ratings(["u", "v"], ["i", "j"], np.array([0]), np.array([1]), np.array([4.0]))
    moved = learn(ratings, np.array([True]), 3, (1.0, 9.0))
    random = np.random.default_rng(SEED)
    start = np.concatenate([random.normal(0, SPREAD, (2, 3))[0], random.normal(0, SPREAD, (2, 3))[1], [0.0, 0.0]])

    def loss(at: np.ndarray) -> float:
        error = 4.0 - (4.0 + at[6] + at[7] + at[:3] @ at[3:6])
        return 0.5 * error**2 + 0.5 * REGULARIZATION * float(at @ at)

    steps = np.eye(len(start)) * 1e-6
    gradient = np.array([(loss(start + step) - loss(start - step)) / 2e-6 for step in steps])
    now = np.concatenate([moved.user_factors[0], moved.item_factors[1], [moved.user_biases[0], moved.item_biases[1]]])
    assert now - start == pytest.approx(-RATE * gradient, abs=1e-9)


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
