"""A model on disk: model.json as XGBoost saves it, and a manifest that says what it needs and how good it is."""

import json
from pathlib import Path

import numpy as np
import xgboost as xgb

from checksums import write_sums
from exported_rows import Rows


class Artifact:
    def __init__(self, folder: Path):
        self.manifest: dict = json.loads((folder / "manifest.json").read_text())
        self.features: list[str] = [feature["name"] for feature in self.manifest["features"]]
        # Empty where it is not known.
        self.trained_on: list[str] = self.manifest.get("trainedOn", [])
        self._booster = xgb.Booster(model_file=folder / "model.json")

    @property
    def name(self) -> str:
        return f"{self.manifest['name']}@{self.manifest['version']}"

    def probabilities(self, rows: Rows) -> np.ndarray:
        return self._booster.predict(self._data(rows))

    def importance(self) -> dict[str, float]:
        """Share of the total gain, by feature, greatest first."""
        gains = self._booster.get_score(importance_type="total_gain")
        total = sum(gains.values())
        return {name: gain / total for name, gain in sorted(gains.items(), key=lambda item: -item[1])}

    def _data(self, rows: Rows) -> xgb.DMatrix:
        return xgb.DMatrix(rows.matrix(self.features), feature_names=self.features)


def write(folder: Path, booster: xgb.Booster, manifest: dict) -> None:
    """The same booster and manifest give the same files."""
    folder.mkdir(parents=True, exist_ok=True)
    booster.save_model(folder / "model.json")
    described = {"name": folder.parent.name, "version": folder.name, **manifest}
    (folder / "manifest.json").write_text(json.dumps(described, indent=2) + "\n")
    write_sums(folder)
