"""Trains the reference's ranking model, to compare ours with it, on all moments but the last.

    python models/train_reference.py [--data models/.data …] [--out models/reference/1]

It has to learn on the world that it is measured on: of a product it knows little more than the price, and what a price is
worth is different in every catalog.
"""

import argparse
from pathlib import Path

from train_ranking import COMMON, learn
from training_data import TrainingData

HERE = Path(__file__).parent
ROUNDS = 60
PARAMETERS = {**COMMON, "max_depth": 5, "eta": 0.1}
# The pair features of the reference, in its order.
FEATURES = [
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", default=[HERE / ".data"], help="folders that export-training wrote")
    parser.add_argument("--out", type=Path, default=HERE / "reference" / "1", help="folder <name>/<version> to write to")
    arguments = parser.parse_args()
    data = TrainingData.parse(parser, arguments.data, "ranking")
    learn(data, arguments.out.resolve(), FEATURES, PARAMETERS, ROUNDS, Path(__file__).name)


if __name__ == "__main__":
    main()
