"""Trains the ranking model from what `snowgate export-training` wrote and measures it on the last moment.

    python models/train_ranking.py [--data models/.data] [--out models/ranking/1]

Writes model.json, as XGBoost saves it, and manifest.json. The same rows give the same files. Every figure is computed
within a customer, over all products in stock in the customer's region, and averaged over customers.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import xgboost as xgb

HERE = Path(__file__).parent
ROUNDS = 100
PARAMETERS = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "max_depth": 5,
    "eta": 0.1,
    "subsample": 0.8,
    "colsample_bytree": 0.6,
    "min_child_weight": 5,
    "seed": 7,
    # Sums of several threads differ in the last digit from run to run.
    "nthread": 1,
}

# Of all exported features, those that earned their place. What describes the customer alone cannot order products, but
# for total_weight, which tells how far the customer's own shares are to be trusted.
FEATURES = [
    "prior_score",
    "category_lift",
    "category_share",
    "brand_lift",
    "brand_share",
    "relative_price",
    "relative_price_gap",
    "relative_price_gap_bought",
    "popularity",
    "view_popularity",
    "price",
    "recent_weight",
    "days_since_bought",
    "total_weight",
]

# Scores to compare with, each a column of the export.
BASELINES = ["prior_score", "popularity"]
TOP = 10


class Rows:
    """The exported rows as columns by name, and which of them belong to the test moment."""

    def __init__(self, folder: Path):
        description = json.loads((folder / "export.json").read_text())
        path = folder / "rows.csv"
        with path.open() as file:
            names = file.readline().strip().split(",")
        values = np.loadtxt(path, delimiter=",", skiprows=1)
        self.kinds = {feature["name"]: feature["kind"] for feature in description["features"]}
        self.hash = sha256(path)
        self._values = values
        self._columns = {name: index for index, name in enumerate(names)}
        self.is_test = self["moment"] == description["testMoment"]

    def __getitem__(self, name: str) -> np.ndarray:
        return self._values[:, self._columns[name]]

    def matrix(self, names: list[str]) -> np.ndarray:
        return np.column_stack([self[name] for name in names]).astype(np.float32)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def within_customer(scores: np.ndarray, labels: np.ndarray, customers: np.ndarray) -> dict[str, float]:
    """Mean AUC and NDCG@10 of the customers, whose rows follow one another."""
    changes = np.flatnonzero(customers[1:] != customers[:-1]) + 1
    slices = list(zip([0, *changes], [*changes, len(customers)]))
    return {
        "auc": float(np.mean([auc(scores[start:end], labels[start:end]) for start, end in slices])),
        "ndcg_at_10": float(np.mean([ndcg(scores[start:end], labels[start:end]) for start, end in slices])),
    }


def auc(scores: np.ndarray, labels: np.ndarray) -> float:
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    # Equal scores share the mean of their ranks.
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    positives = labels.sum()
    negatives = len(labels) - positives
    return (ranks[labels == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives)


def ndcg(scores: np.ndarray, labels: np.ndarray) -> float:
    # Stable, and rows come by product id: equal scores are ordered as the gateway orders them.
    best = labels[np.argsort(-scores, kind="stable")[:TOP]]
    discounts = 1 / np.log2(np.arange(2, TOP + 2))
    return (best * discounts[: len(best)]).sum() / discounts[: int(min(TOP, labels.sum()))].sum()


def train(rows: Rows) -> xgb.Booster:
    learned = ~rows.is_test
    data = xgb.DMatrix(rows.matrix(FEATURES)[learned], rows["label"][learned], feature_names=FEATURES)
    return xgb.train(PARAMETERS, data, ROUNDS)


def evaluate(rows: Rows, booster: xgb.Booster) -> dict[str, float]:
    data = xgb.DMatrix(rows.matrix(FEATURES)[rows.is_test], feature_names=FEATURES)
    candidates = {"model": booster.predict(data), **{name: rows[name][rows.is_test] for name in BASELINES}}
    labels, customers = rows["label"][rows.is_test], rows["customer"][rows.is_test]
    metrics = {"train_rows": int((~rows.is_test).sum()), "test_customers": len(np.unique(customers))}
    for name, scores in candidates.items():
        for metric, value in within_customer(scores, labels, customers).items():
            metrics[f"{name}_{metric}"] = round(value, 4)
    return metrics


def describe(rows: Rows, metrics: dict[str, float], name: str, version: str) -> dict:
    return {
        "name": name,
        "version": version,
        "objective": PARAMETERS["objective"],
        "features": [{"name": feature, "kind": rows.kinds[feature]} for feature in FEATURES],
        "metrics": metrics,
        "trainingDataHash": rows.hash,
        "createdFrom": f"models/train_ranking.py with XGBoost {xgb.__version__}, {ROUNDS} rounds of depth "
        f"{PARAMETERS['max_depth']}, seed {PARAMETERS['seed']}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE / ".data", help="folder with rows.csv and export.json")
    parser.add_argument("--out", type=Path, default=HERE / "ranking" / "1", help="folder <name>/<version> to write to")
    arguments = parser.parse_args()
    if not (arguments.data / "rows.csv").is_file():
        parser.error(f"{arguments.data} holds no rows.csv; run `npm run models:export` first")

    rows = Rows(arguments.data)
    booster = train(rows)
    metrics = evaluate(rows, booster)
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    booster.save_model(out / "model.json")
    manifest = describe(rows, metrics, name=out.parent.name, version=out.name)
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    for name in ["model", *BASELINES]:
        print(f"{name:12} AUC {metrics[f'{name}_auc']:.3f}  NDCG@{TOP} {metrics[f'{name}_ndcg_at_10']:.3f}")
    print(f"{metrics['train_rows']} rows, {metrics['test_customers']} test customers; written to {arguments.out}")


if __name__ == "__main__":
    main()
