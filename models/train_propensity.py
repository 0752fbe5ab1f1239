"""Trains the propensity model: how likely a customer buys from a category in the next 28 days.

    python models/train_propensity.py [--data models/.data …] [--out models/propensity/4]

A row is a customer and a category; its columns are the features of kind `customer` and those of kind `key` whose key is
the category, as src/ranking/features.ts computes them. The last moment is the test, but of worlds that measure nothing: with
--no-test it is what is learned. The same rows give the same files.
"""

from pathlib import Path

import numpy as np

from artifact import Artifact, write
from exported_rows import Rows
from ranking_metrics import auc, brier, expected_calibration_error, slices_of
from training_data import parse, parser_of, train

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
    parser = parser_of(__doc__, "propensity/4")
    parser.add_argument("--no-test", action="store_true", help="learn from the last moment, and measure nothing on it")
    data, arguments = parse(parser, "propensity")
    # One moment: before it histories were shorter, so that the same numbers meant more, and what is predicted from today's
    # would be too much. That before the test is the one whose window ends where that of the test begins.
    place = -1 if arguments.no_test else -2
    learned = [rows.at(rows.moments[place]) for rows in data.exports]
    booster = train(learned, FEATURES, PARAMETERS, ROUNDS)
    manifest = {
        **data.manifest(FEATURES, PARAMETERS, ROUNDS, Path(__file__).name),
        "trainingWindow": data.window(learned, label_days=28),
    }
    manifest["metrics"] = {"train_rows": sum(map(len, learned))}
    out = arguments.out
    write(out, booster, manifest)
    if not arguments.no_test:
        manifest["metrics"] |= test_metrics(Artifact(out), data.exports)
        write(out, booster, manifest)
    print(out.parent.name, out.name, manifest["metrics"])


def test_metrics(model: Artifact, exports: list[Rows]) -> dict[str, float]:
    """Over the customers of all exports, each at its last moment."""
    tests = [rows.at(rows.last_moment) for rows in exports]
    probabilities = [model.probabilities(test) for test in tests]
    within = np.concatenate([within_customer(*one) for one in zip(probabilities, tests)])
    predicted, labels = np.concatenate(probabilities), np.concatenate([test["label"] for test in tests])
    return {
        "auc_within_customer": round(float(within.mean()), 4),
        "expected_calibration_error": round(expected_calibration_error(predicted, labels), 4),
        "brier": round(brier(predicted, labels), 4),
    }


if __name__ == "__main__":
    main()
