"""Measures the models on the held-out moment against baselines, and writes REPORT.md with its plots. Trains nothing.

    python models/evaluate.py [--data models/.data] [--ranking models/ranking/5] [--propensity models/propensity/4]

Every figure of ranking is a mean over customers, with a 95 % bootstrap interval over them.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from artifact import Artifact
from baselines import baselines_of, blend, truths_of
from exported_rows import WARM_EVENTS, Description, Rows
from goals import check_goals
from plots import draw_plots
from ranking_metrics import (
    Quality,
    brier,
    calibration_curve,
    expected_calibration_error,
    interval_of,
    quality_of,
    ratio_of,
    slices_of,
)
from report import write_report
from train_propensity import within_customer

HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE / ".data", help="folder that export-training wrote")
    parser.add_argument("--ranking", type=Path, default=HERE / "ranking" / "5")
    parser.add_argument("--reference", type=Path, default=HERE / "reference" / "1")
    parser.add_argument("--propensity", type=Path, default=HERE / "propensity" / "4")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for REPORT.md and the plots")
    parser.add_argument("--figures", type=Path, nargs="*", default=[], help="figures.json of other seeds, for the report")
    arguments = parser.parse_args()
    if not (arguments.data / "export.json").is_file():
        parser.error(f"{arguments.data} holds no export.json; run `npm run models:export` first")
    model, propensity = Artifact(arguments.ranking), Artifact(arguments.propensity)
    reference = Artifact(arguments.reference)
    description = Description(arguments.data)
    for artifact, rows in ((model, "ranking"), (propensity, "propensity"), (reference, "ranking")):
        test = description.moments[Rows.read(arguments.data, rows).last_moment]
        if has_learned(artifact, description.world, test):
            parser.error(
                f"{artifact.name} learned what it is to be measured on: what was bought in {description.world} after {test[:10]}"
            )
    ranking = ranking_figures(arguments.data, model, reference, propensity)
    figures = {
        "dataset": description.dataset,
        "moment": description.moments[-1],
        **ranking,
        "propensity": propensity_figures(arguments.data, propensity),
        "importance": model.importance(),
        "models": [model.name, propensity.name],
        "trained_on": list(dict.fromkeys(model.trained_on + propensity.trained_on)),
        "reference_trained_on": reference.trained_on,
    }
    figures["goals"] = check_goals(figures)
    (arguments.data / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")
    others = [json.loads(path.read_text()) for path in arguments.figures]
    arguments.out.mkdir(parents=True, exist_ok=True)
    draw_plots(arguments.out / "plots", figures)
    print(write_report(arguments.out / "REPORT.md", figures, others))


def has_learned(artifact: Artifact, world: str, moment: str) -> bool:
    """Whether a model knows what happened in a world after a moment."""
    return world in artifact.trained_on and artifact.manifest["trainingWindow"]["to"] > moment


def ranking_figures(data: Path, model: Artifact, reference: Artifact, propensity: Artifact) -> dict:
    rows = Rows.read(data, "ranking")
    test = rows.at(rows.last_moment)
    probabilities = model.probabilities(test)
    pairs = Rows.read(data, "pairs")
    scores = {
        **baselines_of(test, pairs),
        "reference's 14 features": reference.probabilities(test),
        "model": probabilities,
        "model 0.7 + propensity 0.3": blend(probabilities, category_propensities(test, propensity)),
        **truths_of(test),
    }
    warm = test["events"] >= WARM_EVENTS
    groups = {"all": warm, "new": warm & ~met(test, pairs), "cold": ~warm}
    qualities = {
        name: {group: quality_within(test, score, rows_of) for group, rows_of in groups.items()} for name, score in scores.items()
    }
    return {
        "ranking": {
            name: {group: summary_of(quality) for group, quality in by_group.items()} for name, by_group in qualities.items()
        },
        "over": {
            name: ratio_of(qualities["model"]["all"].ndcg, qualities[name]["all"].ndcg)
            for name in ("popular in region", "plug-in bound")
            if name in qualities
        },
        "customers": {group: len(quality.auc) for group, quality in qualities["model"].items()},
        "calibration": calibration_figures(test.where(warm), probabilities[warm]),
        "lift": {name: lift_curve(test.where(warm), scores[name][warm]) for name in LIFTS if name in scores},
        "history": history_figures(test, qualities_by_history(test, scores)),
    }


LIFTS = ["model", "popular in region", "reference's 14 features", "oracle"]


def met(rows: Rows, pairs: Rows) -> np.ndarray:
    """Products that the customer ever viewed, carted, bought or rated before the moment."""
    return np.isin(pair_numbers(rows), pair_numbers(pairs))


def pair_numbers(rows: Rows) -> np.ndarray:
    return rows["customer"].astype(np.int64) << 32 | rows["product"].astype(np.int64)


def category_propensities(rows: Rows, propensity: Artifact) -> np.ndarray:
    """The features of the propensity model depend on the customer and the category: a row per product has them all."""
    return propensity.probabilities(rows)


def quality_within(rows: Rows, scores: np.ndarray, selected: np.ndarray) -> Quality:
    some = rows.where(selected)
    return quality_of(scores[selected], some["label"], some["customer"], some["product"])


def summary_of(quality: Quality) -> dict:
    measured = {"auc": quality.auc, "ndcg": quality.ndcg, "map": quality.precision, "hit": quality.hit}
    if len(quality.auc) == 0:
        return {}
    means = {name: [float(values.mean()), *interval_of(values)] for name, values in measured.items()}
    return {**means, "coverage": quality.coverage}


def calibration_figures(rows: Rows, probabilities: np.ndarray) -> dict:
    """Negatives were sampled in training: probabilities are scaled back to the share of products bought."""
    logits = np.log(probabilities) - np.log1p(-probabilities)
    labels = rows["label"]
    shift = shift_to(logits, float(labels.mean()))
    calibrated = 1 / (1 + np.exp(-(logits + shift)))
    return {
        "brier": brier(calibrated, labels),
        "ece": expected_calibration_error(calibrated, labels),
        "shift": shift,
        "curve": calibration_curve(calibrated, labels, 20).tolist(),
    }


def shift_to(logits: np.ndarray, mean: float) -> float:
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        if (1 / (1 + np.exp(-(logits + middle)))).mean() > mean:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def lift_curve(rows: Rows, scores: np.ndarray, points: int = 100) -> list[float]:
    """Share of what was bought that lies in the first 1 %, 2 %, ... of each customer's order, on average."""
    found = np.zeros(points)
    labels = rows["label"]
    parts = slices_of(rows["customer"])
    for start, end in parts:
        order = np.argsort(-scores[start:end], kind="stable")
        gained = np.r_[0, np.cumsum(labels[start:end][order])] / labels[start:end].sum()
        found += gained[np.arange(1, points + 1) * (end - start) // points]
    return (found / len(parts)).tolist()


HISTORY_ENDS = [5, 20, 50, 100, 200]


def qualities_by_history(rows: Rows, scores: dict[str, np.ndarray]) -> dict[str, list[list[float]]]:
    lengths = rows["events"]
    bounds = [0, *HISTORY_ENDS, np.inf]
    return {
        name: [
            summary_of(quality_within(rows, scores[name], (lengths >= low) & (lengths < high))).get("ndcg", [])
            for low, high in zip(bounds, bounds[1:])
        ]
        for name in ["popular in region", "model", "plug-in bound"]
        if name in scores
    }


def history_figures(rows: Rows, ndcg: dict[str, list[list[float]]]) -> dict:
    bounds = [0, *HISTORY_ENDS]
    labels = [f"{low}–{high - 1}" for low, high in zip(bounds, bounds[1:])]
    return {"bands": [*labels, f"{bounds[-1]}+"], "ndcg": ndcg}


def propensity_figures(data: Path, propensity: Artifact) -> dict:
    rows = Rows.read(data, "propensity")
    test = rows.at(rows.last_moment)
    probabilities, labels = propensity.probabilities(test), test["label"]
    within = within_customer(probabilities, test)
    parts = slices_of(test["customer"])
    return {
        "customers": len(parts),
        "rate": float(labels.mean()),
        "auc": [float(within.mean()), *interval_of(within)],
        "share_auc": float(within_customer(test["category_share"], test).mean()),
        "ece": expected_calibration_error(probabilities, labels),
        "brier": brier(probabilities, labels),
        "spread": float(np.mean([probabilities[start:end].std() for start, end in parts])),
        "curve": calibration_curve(probabilities, labels, 10).tolist(),
    }


if __name__ == "__main__":
    main()
