"""Orders of products to compare the model with, each a score per row of the test moment."""

import numpy as np

from exported_rows import Rows
from ranking_metrics import slices_of

FAVOURITES = 3
EASE_RIDGE = 30.0
# Orders those of whom EASE knows nothing.
EASE_POPULARITY = 0.02
# More than any popularity differs by: what comes first comes first whatever its popularity.
FIRST = 1000.0


def baselines_of(rows: Rows, pairs: Rows) -> dict[str, np.ndarray]:
    popularity = rows["popularity"]
    return {
        "most viewed, all regions": rows["view_popularity"],
        "popular in region": popularity,
        "popular in favourite categories": np.where(favourite_categories(rows), FIRST, 0) + popularity,
        "recently viewed, then popular": recently_viewed(rows) + popularity,
        "item neighbours, then popular": FIRST * rows["neighbours"] + popularity,
        "EASE, then popular": ease_scores(rows, pairs) + EASE_POPULARITY * popularity,
        "factorization": popularity + np.log(rows["category_share"]) + rows["style_match"],
        "prior score, untrained": rows["prior_score"],
    }


def ease_scores(rows: Rows, pairs: Rows) -> np.ndarray:
    """
    Embarrassingly shallow autoencoders (Steck, 2019): the weights of products on each other that reproduce best what
    everybody had to do with products, none on itself. In closed form from the inverse of the Gram matrix.
    """
    customers, products = pairs["customer"].astype(int), pairs["product"].astype(int)
    asked = rows["customer"].astype(int), rows["product"].astype(int)
    shape = 1 + max(customers.max(), asked[0].max()), 1 + max(products.max(), asked[1].max())
    weights = np.zeros(shape, dtype=np.float32)
    weights[customers, products] = pairs["weight"]
    inverse = np.linalg.inv(weights.T @ weights + EASE_RIDGE * np.eye(shape[1], dtype=np.float32))
    on_each_other = inverse / -np.diag(inverse)
    np.fill_diagonal(on_each_other, 0)
    return (weights[: 1 + asked[0].max()] @ on_each_other)[asked]


def favourite_categories(rows: Rows) -> np.ndarray:
    """Whether a row is of one of the customer's three categories of the greatest share."""
    shares = rows["category_share"]
    favourite = np.zeros(len(shares), dtype=bool)
    for start, end in slices_of(rows["customer"]):
        greatest = np.unique(shares[start:end])[-FAVOURITES:]
        favourite[start:end] = shares[start:end] >= greatest[0]
    return favourite


def recently_viewed(rows: Rows) -> np.ndarray:
    """The later viewed the more, and nothing for what was not viewed in the last weeks."""
    days = rows["days_since_viewed"]
    return np.where(days < 100, FIRST * (100 - days), 0)


def truths_of(rows: Rows) -> dict[str, np.ndarray]:
    """Empty unless the export was told to write the truth."""
    oracle, bound = rows["oracle"], rows["bound"]
    if not oracle.any():
        return {}
    return {"plug-in bound": bound, "oracle": oracle}


def blend(probabilities: np.ndarray, propensities: np.ndarray) -> np.ndarray:
    """The reference's score."""
    return 0.7 * probabilities + 0.3 * propensities
