"""Trains the ratings model, a biased matrix factorization, from what `snowgate export-ratings` wrote.

    python models/train_factors.py [--data models/.data] [--out models/ratings/1]

Where MODEL_FOLDER is set, as for the gateway, it writes there.

Learns by alternating least squares, which is done after a dozen sweeps however few ratings there are; the published guide's
gradient descent is not, with its defaults: on 960 ratings of clear tastes its error is that of the mean. Measures RMSE and
MAE on five folds, then learns from all ratings: what is served has seen every one. The same ratings give the same files.
"""

import argparse
import csv
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from checksums import write_sums

HERE = Path(__file__).parent
FOLDS = 5
SWEEPS = 12
# Draw what is known of few ratings towards 0: biases as by 3 ratings, factors as by 2 and a fifth of those there are.
BIAS_RIDGE = 3.0
FACTOR_RIDGE = 2.0
FACTOR_RIDGE_PER_RATING = 0.2
SPREAD = 0.1
SEED = 7
DECIMALS = 6


@dataclass
class Ratings:
    user_ids: list[str]
    item_ids: list[str]
    users: np.ndarray
    items: np.ndarray
    values: np.ndarray

    @classmethod
    def read(cls, path: Path) -> "Ratings":
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        user_ids, users = np.unique([row["customer_id"] for row in rows], return_inverse=True)
        item_ids, items = np.unique([row["product_id"] for row in rows], return_inverse=True)
        values = np.array([float(row["rating"]) for row in rows])
        return cls(user_ids.tolist(), item_ids.tolist(), users, items, values)

    def __len__(self) -> int:
        return len(self.values)


@dataclass
class Factors:
    mean: float
    scale: tuple[float, float]
    user_biases: np.ndarray
    item_biases: np.ndarray
    user_factors: np.ndarray
    item_factors: np.ndarray
    knows_user: np.ndarray
    knows_item: np.ndarray

    def predict(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """A user or an item of which no rating was learnt drops its terms."""
        user, item = self.knows_user[users], self.knows_item[items]
        products = np.einsum("ij,ij->i", self.user_factors[users], self.item_factors[items])
        ratings = self.mean + user * self.user_biases[users] + item * self.item_biases[items] + user * item * products
        return np.clip(ratings, *self.scale)


def learn(ratings: Ratings, learned: np.ndarray, factor_count: int, scale: tuple[float, float]) -> Factors:
    users, items, values = ratings.users[learned], ratings.items[learned], ratings.values[learned]
    user_count, item_count, mean = len(ratings.user_ids), len(ratings.item_ids), float(values.mean())
    start = np.random.default_rng(SEED).normal(0, SPREAD, (item_count, factor_count))
    # The first column is the bias.
    of_users, of_items = np.zeros((user_count, factor_count + 1)), np.column_stack([np.zeros(item_count), start])
    by_user = rows_of(users, items, values - mean, user_count)
    by_item = rows_of(items, users, values - mean, item_count)
    for _ in range(SWEEPS):
        fit(of_users, of_items, by_user)
        fit(of_items, of_users, by_item)
    known = [np.bincount(rows, minlength=count) > 0 for rows, count in ((users, user_count), (items, item_count))]
    return Factors(mean, scale, of_users[:, 0], of_items[:, 0], of_users[:, 1:], of_items[:, 1:], *known)


# For each row its columns and values.
Grouped = list[tuple[np.ndarray, np.ndarray]]


def rows_of(rows: np.ndarray, columns: np.ndarray, values: np.ndarray, count: int) -> Grouped:
    order = np.argsort(rows, kind="stable")
    ends = np.cumsum(np.bincount(rows, minlength=count))[:-1]
    return list(zip(np.split(columns[order], ends), np.split(values[order], ends)))


def fit(own: np.ndarray, others: np.ndarray, grouped: Grouped) -> None:
    """Sets bias and factors of one side to what fits the other side best. Who has no rating keeps what is there."""
    for row, (columns, values) in enumerate(grouped):
        if len(columns) == 0:
            continue
        met = others[columns]
        left = values - met[:, 0]
        met[:, 0] = 1
        ridge = np.full(own.shape[1], FACTOR_RIDGE + FACTOR_RIDGE_PER_RATING * len(columns))
        ridge[0] = BIAS_RIDGE
        own[row] = np.linalg.solve(met.T @ met + np.diag(ridge), met.T @ left)


def cross_validate(ratings: Ratings, factor_count: int, scale: tuple[float, float]) -> dict[str, float]:
    """
    Root of the mean squared error and mean absolute error, each the mean and the spread over the folds; mean_rmse is the
    same root for who always says the mean of the other folds.
    """
    fold = np.random.default_rng(SEED).permutation(len(ratings)) % FOLDS
    measured: dict[str, list[float]] = {"rmse": [], "mae": [], "mean_rmse": []}
    for number in range(FOLDS):
        test = fold == number
        factors = learn(ratings, ~test, factor_count, scale)
        errors = factors.predict(ratings.users[test], ratings.items[test]) - ratings.values[test]
        measured["rmse"].append(float(np.sqrt((errors**2).mean())))
        measured["mae"].append(float(np.abs(errors).mean()))
        measured["mean_rmse"].append(float(np.sqrt(((ratings.values[test] - factors.mean) ** 2).mean())))
        print(f"fold {number + 1}  RMSE {measured['rmse'][-1]:.4f}  MAE {measured['mae'][-1]:.4f}")
    return {
        name: round(float(value), 4)
        for measure, values in measured.items()
        for name, value in ((measure, np.mean(values)), (f"{measure}_deviation", np.std(values)))
    }


def write(folder: Path, ratings: Ratings, factors: Factors, manifest: dict) -> None:
    side = lambda ids, biases, rows: {
        "ids": ids,
        "biases": np.round(biases, DECIMALS).tolist(),
        "factors": np.round(rows.ravel(), DECIMALS).tolist(),
    }
    content = {
        "mean": factors.mean,
        "scale": factors.scale,
        "factorCount": factors.user_factors.shape[1],
        "users": side(ratings.user_ids, factors.user_biases, factors.user_factors),
        "items": side(ratings.item_ids, factors.item_biases, factors.item_factors),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "factors.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")
    described = {"name": folder.parent.name, "version": folder.name, **manifest}
    (folder / "manifest.json").write_text(json.dumps(described, indent=2) + "\n")
    write_sums(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE / ".data", help="folder with ratings.csv")
    models = Path(os.environ.get("MODEL_FOLDER") or HERE)
    parser.add_argument("--out", type=Path, default=models / "ratings" / "1", help="folder <name>/<version> to write to")
    parser.add_argument("--factors", type=int, default=20, help="numbers per customer and product (default: 20)")
    parser.add_argument("--scale", type=float, nargs=2, default=(1.0, 5.0), help="lowest and highest rating (default: 1 5)")
    arguments = parser.parse_args()
    path = arguments.data / "ratings.csv"
    if not path.is_file():
        parser.error(f"{arguments.data} holds no ratings.csv; run `snowgate export-ratings --out {arguments.data}` first")
    ratings, scale = Ratings.read(path), tuple(arguments.scale)
    if len(ratings) < FOLDS:
        parser.error(f"{path} holds {len(ratings)} ratings; at least {FOLDS} are needed")
    metrics = cross_validate(ratings, arguments.factors, scale)
    factors = learn(ratings, np.ones(len(ratings), dtype=bool), arguments.factors, scale)
    manifest = {
        "objective": "rating:factorization",
        "metrics": {"ratings": len(ratings), **metrics},
        "trainingDataHash": hashlib.sha256(path.read_bytes()).hexdigest(),
        "createdFrom": f"models/train_factors.py with {arguments.factors} factors, {SWEEPS} sweeps, seed {SEED}",
    }
    write(arguments.out.resolve(), ratings, factors, manifest)
    print(
        f"RMSE {metrics['rmse']:.4f}  MAE {metrics['mae']:.4f} over {FOLDS} folds; the mean alone: RMSE {metrics['mean_rmse']:.4f}."
    )
    print(f"Learnt from all {len(ratings)} ratings, written to {arguments.out}.")


if __name__ == "__main__":
    main()
