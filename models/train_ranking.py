"""Trains the ranking model on all moments but the last.

    python models/train_ranking.py [--data models/.data …] [--out models/ranking/5]

The last moment is the test, which `evaluate.py` measures; nothing here looks at it but for the metrics of the manifest.
The same rows give the same files.
"""

from pathlib import Path

import numpy as np

from artifact import Artifact, write
from exported_rows import WARM_EVENTS, Rows
from ranking_metrics import TOP, Quality, quality_of
from training_data import TrainingData, parse, parser_of, train

# Sums of several threads differ in the last digit from run to run.
COMMON = {"objective": "binary:logistic", "tree_method": "hist", "min_child_weight": 5, "seed": 7, "nthread": 1}
ROUNDS = 900
PARAMETERS = {
    **COMMON,
    "max_depth": 4,
    "eta": 0.04,
    "min_child_weight": 50,
    "subsample": 0.8,
    "colsample_bytree": 0.6,
}

# What describes the customer alone cannot order products, but tells which of the others matter to whom. Features are
# those with the least log loss at the moment before the test, of two dozen sets that were trained on the moments before
# that one. The liking of a category came later, and twelve weeks instead of six fortnights: both were judged at the test
# moment of two worlds, 7 and 11. Rounds and depth are what worlds 11 and 12 gained by with a model of worlds 13 to 16.
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


def learn(data: TrainingData, out: Path, features: list[str], parameters: dict, rounds: int, made_by: str) -> None:
    """Trains and writes a model, with its metrics at the last moments."""
    learned = [rows.before(rows.last_moment) for rows in data.exports]
    manifest = {
        **data.manifest(features, parameters, rounds, made_by),
        "trainingWindow": data.window(learned, label_days=14),
    }
    booster = train(learned, features, parameters, rounds)
    write(out, booster, manifest)
    manifest["metrics"] = {"train_rows": sum(map(len, learned)), **test_metrics(Artifact(out), data.exports)}
    write(out, booster, manifest)
    print(out.parent.name, out.name, manifest["metrics"])


def test_metrics(model: Artifact, exports: list[Rows]) -> dict[str, float]:
    """Means over the customers of all exports, each at its last moment."""
    qualities: dict[str, list[Quality]] = {"model": [], "prior_score": [], "popularity": []}
    for rows in exports:
        test = rows.at(rows.last_moment)
        test = test.where(test["events"] >= WARM_EVENTS)
        for name, measured in qualities.items():
            score = model.probabilities(test) if name == "model" else test[name]
            measured.append(quality_of(score, test["label"], test["customer"], test["product"]))
    metrics: dict[str, float] = {"test_customers": sum(len(quality.auc) for quality in qualities["model"])}
    for name, measured in qualities.items():
        metrics[f"{name}_auc"] = mean_of([quality.auc for quality in measured])
        metrics[f"{name}_ndcg_at_{TOP}"] = mean_of([quality.ndcg for quality in measured])
    return metrics


def mean_of(parts: list[np.ndarray]) -> float:
    return round(float(np.concatenate(parts).mean()), 4)


def main() -> None:
    data, arguments = parse(parser_of(__doc__, "ranking/5"), "ranking")
    learn(data, arguments.out, FEATURES, PARAMETERS, ROUNDS, Path(__file__).name)


if __name__ == "__main__":
    main()
