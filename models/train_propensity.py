"""Trains the propensity model: how likely a customer buys from a category in the next 28 days.

    python models/train_propensity.py [--data models/.data] [--out models/propensity/4]

A row is a customer and a category; its columns are the features of kind `customer` and those of kind `key` whose key is
the category, as src/ranking/features.ts computes them. The last moment is the test. The same rows give the same files.
"""

import argparse
from pathlib import Path

import numpy as np
import xgboost as xgb

from artifact import Artifact, train, write
from exported_rows import Description, Rows, hash_of
from ranking_metrics import auc, brier, expected_calibration_error, slices_of

HERE = Path(__file__).parent
ROUNDS = 400
# No class weights: they would make probabilities of nobody.
PARAMETERS = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "max_depth": 4,
    "eta": 0.03,
    "subsample": 0.8,
    "colsample_bytree": 0.6,
    "min_child_weight": 50,
    "seed": 7,
    "nthread": 1,
}

FEATURES = [
    "category_liking",
    "category_share",
    "category_lift",
    "recent_category_lift",
    "category_bought_weight",
    "category_days_since_bought",
    "category_days_since_carted",
    "category_days_since_viewed",
    "age_category_lift",
    "total_weight",
    "age",
    "tenure_months",
    "loyalty_tier_num",
    "total_orders",
    "lifetime_spend",
    "avg_order_value",
    "days_since_purchase",
    "engagement_score",
    "avg_browsed_price",
]


def within_customer(probabilities: np.ndarray, rows: Rows) -> np.ndarray:
    """AUC over the categories of each customer who bought from some and not from others."""
    labels = rows["label"]
    parts = [(start, end) for start, end in slices_of(rows["customer"]) if 0 < labels[start:end].sum() < end - start]
    return np.array([auc(probabilities[start:end], labels[start:end]) for start, end in parts])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE / ".data", help="folder that export-training wrote")
    parser.add_argument("--out", type=Path, default=HERE / "propensity" / "4", help="folder <name>/<version> to write to")
    arguments = parser.parse_args()
    if not (arguments.data / "export.json").is_file():
        parser.error(f"{arguments.data} holds no export.json; run `npm run models:export` first")
    description, rows = Description(arguments.data), Rows.read(arguments.data, "propensity")
    # The moment whose window ends where that of the test begins. Moments before it make the model worse: histories were
    # shorter then, so that the same weights meant more.
    *_, before, last = rows.moments
    learned, test = rows.at(before), rows.at(last)
    booster = train(learned, FEATURES, PARAMETERS, ROUNDS)
    manifest = {
        "objective": PARAMETERS["objective"],
        "features": [{"name": name, "kind": description.kinds[name]} for name in FEATURES],
        "metrics": {"train_rows": len(learned)},
        "trainingWindow": {
            "from": description.moments[before],
            "to": description.moments[last],
            "labelDays": 28,
        },
        "trainingDataHash": hash_of(arguments.data / "propensity.f32"),
        "createdFrom": f"models/train_propensity.py with XGBoost {xgb.__version__}, {ROUNDS} rounds of depth "
        f"{PARAMETERS['max_depth']}, seed {PARAMETERS['seed']}",
    }
    out = arguments.out.resolve()
    write(out, booster, manifest)
    probabilities = Artifact(out).probabilities(test)
    manifest["metrics"] |= {
        "auc_within_customer": round(float(within_customer(probabilities, test).mean()), 4),
        "expected_calibration_error": round(expected_calibration_error(probabilities, test["label"]), 4),
        "brier": round(brier(probabilities, test["label"]), 4),
    }
    write(out, booster, manifest)
    print(out.parent.name, out.name, manifest["metrics"])


if __name__ == "__main__":
    main()
