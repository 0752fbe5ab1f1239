"""Trains the reference's ranking model, to compare ours with it, on all moments but the last.

    python models/train_reference.py [--data models/.data …] [--out models/reference/1]

It has to learn on the world that it is measured on: of a product it knows little more than the price, and what a price is
worth is different in every catalog.
"""

from pathlib import Path

from train_ranking import COMMON, learn
from training_data import parse, parser_of

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
    data, arguments = parse(parser_of(__doc__, "reference/1"), "ranking")
    learn(data, arguments.out, FEATURES, PARAMETERS, ROUNDS, Path(__file__).name)


if __name__ == "__main__":
    main()
