"""What models are trained on: the exports of one world, or of several, which count alike."""

import argparse
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import xgboost as xgb

from exported_rows import Description, Rows, hash_of

HERE = Path(__file__).parent


def parser_of(doc: str, out: str) -> argparse.ArgumentParser:
    """What every script that trains takes: where the exports are, and where the model goes."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", default=[HERE / ".data"], help="folders that export-training wrote")
    parser.add_argument("--out", type=Path, default=HERE / out, help="folder <name>/<version> to write to")
    return parser


def parse(parser: argparse.ArgumentParser, name: str) -> tuple["TrainingData", argparse.Namespace]:
    """Ends the program with what to do when there is no export."""
    arguments = parser.parse_args()
    for folder in arguments.data:
        if not (folder / "export.json").is_file():
            parser.error(f"{folder} holds no export.json; run `npm run models:export` first")
    arguments.out = arguments.out.resolve()
    return TrainingData(arguments.data, name), arguments


class TrainingData:
    """Rows of one name in all of the exports."""

    def __init__(self, folders: list[Path], name: str):
        self._descriptions = [Description(folder) for folder in folders]
        self._files = [folder / f"{name}.f32" for folder in folders]
        self.exports = [Rows.read(folder, name) for folder in folders]

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

    def window(self, learned: list[Rows], label_days: int) -> dict:
        """From the first moment that is learned to the end of what the last one's labels say, over all exports."""
        moments = [
            datetime.fromisoformat(description.moments[moment])
            for description, rows in zip(self._descriptions, learned)
            for moment in rows.moments
        ]
        return {
            "from": text_of(min(moments)),
            "to": text_of(max(moments) + timedelta(days=label_days)),
            "labelDays": label_days,
        }


def text_of(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def train(parts: list[Rows], features: list[str], parameters: dict, rounds: int) -> xgb.Booster:
    """Learns from the rows of all parts alike."""
    matrix = np.concatenate([rows.matrix(features) for rows in parts])
    labels = np.concatenate([rows["label"] for rows in parts])
    return xgb.train(parameters, xgb.QuantileDMatrix(matrix, labels, feature_names=features), rounds)
