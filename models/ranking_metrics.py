"""How good orders of products are, customer by customer."""

from dataclasses import dataclass

import numpy as np

TOP = 10
DISCOUNTS = 1 / np.log2(np.arange(2, TOP + 2))


@dataclass(frozen=True)
class Quality:
    """One number per customer who bought any of the products, and how much of the catalog all top tens show together."""

    auc: np.ndarray
    ndcg: np.ndarray
    precision: np.ndarray
    hit: np.ndarray
    coverage: float


def quality_of(scores: np.ndarray, labels: np.ndarray, customers: np.ndarray, products: np.ndarray) -> Quality:
    """Ranks each customer's products by score. Rows of a customer follow one another, by product id."""
    columns: list[tuple[float, float, float, float]] = []
    shown: set[int] = set()
    for start, end in slices_of(customers):
        own = labels[start:end]
        # Stable: equal scores are ordered by product id, as the gateway orders them.
        top = np.argsort(-scores[start:end], kind="stable")[:TOP]
        shown.update(products[start:end][top].astype(int).tolist())
        bought = int(own.sum())
        if 0 < bought < len(own):
            columns.append((auc(scores[start:end], own), *top_ten(own[top], bought)))
    values = np.array(columns, dtype=float).reshape(-1, 4).T
    return Quality(*values, coverage=len(shown) / max(1, len(np.unique(products))))


def slices_of(customers: np.ndarray) -> list[tuple[int, int]]:
    changes = np.flatnonzero(customers[1:] != customers[:-1]) + 1
    return list(zip([0, *changes], [*changes, len(customers)]))


def auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """The chance that something bought has a better score than something that was not; a tie counts half."""
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    positives = labels.sum()
    negatives = len(labels) - positives
    return float((ranks[labels == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def top_ten(hits: np.ndarray, bought: int) -> tuple[float, float, float]:
    """NDCG, average precision and whether there is any hit, of the labels of the first ten in their order."""
    ideal = DISCOUNTS[: min(TOP, bought)].sum()
    found = np.cumsum(hits)
    precision = (hits * found / np.arange(1, len(hits) + 1)).sum() / min(TOP, bought)
    return float((hits * DISCOUNTS[: len(hits)]).sum() / ideal), float(precision), float(hits.any())


def interval_of(values: np.ndarray, draws: int = 1000, seed: int = 7) -> tuple[float, float]:
    """95 % bootstrap interval of the mean over customers."""
    random = np.random.default_rng(seed)
    means = [values[random.integers(0, len(values), len(values))].mean() for _ in range(draws)]
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def ratio_of(values: np.ndarray, others: np.ndarray, draws: int = 1000, seed: int = 7) -> list[float]:
    """Mean over mean with a 95 % bootstrap interval: the same customers are drawn for both."""
    random = np.random.default_rng(seed)
    drawn = [random.integers(0, len(values), len(values)) for _ in range(draws)]
    ratios = [values[some].mean() / others[some].mean() for some in drawn]
    return [float(values.mean() / others.mean()), float(np.quantile(ratios, 0.025)), float(np.quantile(ratios, 0.975))]


def brier(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean((probabilities - labels) ** 2))


def calibration_curve(probabilities: np.ndarray, labels: np.ndarray, bins: int = 10) -> np.ndarray:
    """A row per tenth of the rows, by probability: mean probability, share of positives, number of rows."""
    parts = np.array_split(np.argsort(probabilities, kind="stable"), bins)
    return np.array([(probabilities[part].mean(), labels[part].mean(), len(part)) for part in parts if len(part)])


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    curve = calibration_curve(probabilities, labels)
    return float((np.abs(curve[:, 0] - curve[:, 1]) * curve[:, 2]).sum() / curve[:, 2].sum())
