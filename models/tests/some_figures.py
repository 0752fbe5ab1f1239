"""Figures as evaluate.py measures them, of a world in which nothing is remarkable."""

GROUPS = ("all", "new", "cold")
MEASURES = ("auc", "ndcg", "map", "hit")


def quality(value: float) -> dict:
    return {**{measure: [value, value - 0.01, value + 0.01] for measure in MEASURES}, "coverage": value}


def some_figures(names: tuple[str, ...] = ("model", "popular in region"), value: float = 0.5) -> dict:
    return {
        "dataset": {"source": "demo", "seed": 7, "asOf": "2026-11-01T00:00:00.000Z"},
        "moment": "2026-10-18T00:00:00.000Z",
        "models": ["ranking@5", "propensity@4"],
        "trained_on": ["demo 11", "demo 12"],
        "reference_trained_on": ["demo 7"],
        "customers": {"all": 900, "new": 880, "cold": 40},
        "over": {name: [1.0, 0.9, 1.1] for name in names if name in ("popular in region", "plug-in bound")},
        "ranking": {name: {group: quality(value) for group in GROUPS} for name in names},
        "calibration": {"shift": -1.5, "brier": 0.01, "ece": 0.002},
        "propensity": {
            "customers": 3000,
            "rate": 0.08,
            "auc": [0.78, 0.77, 0.79],
            "share_auc": 0.7,
            "ece": 0.008,
            "brier": 0.06,
            "spread": 0.05,
        },
    }
