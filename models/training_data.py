"""What models are trained on: the exports of one world, or of several, which count alike."""

import argparse
from pathlib import Path

import numpy as np
import xgboost as xgb

from exported_rows import Description, Rows, hash_of


class TrainingData:
    """Rows of one name in all of the exports."""

    def __init__(self, folders: list[Path], name: str):
        self._descriptions = [Description(folder) for folder in folders]
        self._files = [folder / f"{name}.f32" for folder in folders]
        self.exports = [Rows.read(folder, name) for folder in folders]

    @staticmethod
    def parse(parser: argparse.ArgumentParser, folders: list[Path], name: str) -> "TrainingData":
        """Ends the program with what to do when there is no export."""
        for folder in folders:
            if not (folder / "export.json").is_file():
                parser.error(f"{folder} holds no export.json; run `npm run models:export` first")
        return TrainingData(folders, name)

    def manifest(self, features: list[str], parameters: dict, rounds: int, made_by: str) -> dict:
        """All but the metrics and the window."""
        kinds = self._descriptions[0].kinds
        return {
            "objective": parameters["objective"],
            "features": [{"name": name, "kind": kinds[name]} for name in features],
            "metrics": {},
            "trainedOn": [description.world for description in self._descriptions],
            "trainingDataHash": hash_of(self._files),
            "createdFrom": f"models/{made_by} with XGBoost {xgb.__version__}, {rounds} rounds of depth "
            f"{parameters['max_depth']}, seed {parameters['seed']}",
        }

    def window(self, first: int, last: int, label_days: int) -> dict:
        """From one of the moments to another, each that of the export where it is the earliest or the latest."""
        return {
            "from": min(description.moments[first] for description in self._descriptions),
            "to": max(description.moments[last] for description in self._descriptions),
            "labelDays": label_days,
        }


def train(parts: list[Rows], features: list[str], parameters: dict, rounds: int) -> xgb.Booster:
    """Learns from the rows of all parts alike."""
    matrix = np.concatenate([rows.matrix(features) for rows in parts])
    labels = np.concatenate([rows["label"] for rows in parts])
    return xgb.train(parameters, xgb.QuantileDMatrix(matrix, labels, feature_names=features), rounds)
