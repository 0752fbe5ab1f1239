"""What `snowgate export-training` wrote: float32 rows and a description of their columns."""

import hashlib
import json
from pathlib import Path

import numpy as np

WARM_EVENTS = 5


class Description:
    """export.json: which data, which moments, which columns."""

    def __init__(self, folder: Path):
        content = json.loads((folder / "export.json").read_text())
        self.dataset: dict = content["dataset"]
        self.moments: list[str] = content["moments"]
        self.columns: dict[str, list[str]] = {
            "ranking": content["rankingColumns"],
            "propensity": content["propensityColumns"],
            "pairs": content["pairsColumns"],
        }
        self.kinds: dict[str, str] = {feature["name"]: feature["kind"] for feature in content["features"]}
        self.world = name_of(self.dataset)


def name_of(dataset: dict) -> str:
    """Which data, for people: `demo 7`, or the source alone where no seed made it."""
    return dataset["source"] if dataset["seed"] is None else f"{dataset['source']} {dataset['seed']}"


class Rows:
    """Rows of one file, by name of the column. Rows of a customer follow one another."""

    def __init__(self, values: np.ndarray, columns: list[str]):
        self._values = values
        self._columns = columns

    @staticmethod
    def read(folder: Path, name: str) -> "Rows":
        columns = Description(folder).columns[name]
        values = np.memmap(folder / f"{name}.f32", dtype="<f4", mode="r").reshape(-1, len(columns))
        return Rows(values, columns)

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, column: str) -> np.ndarray:
        return np.asarray(self._values[:, self._columns.index(column)])

    def matrix(self, columns: list[str]) -> np.ndarray:
        return np.column_stack([self[column] for column in columns])

    def where(self, selected: np.ndarray) -> "Rows":
        return Rows(self._values[selected], self._columns)

    def before(self, moment: int) -> "Rows":
        return self.where(self["moment"] < moment)

    def at(self, moment: int) -> "Rows":
        return self.where(self["moment"] == moment)

    @property
    def moments(self) -> list[int]:
        return [int(moment) for moment in np.unique(self["moment"])]

    @property
    def last_moment(self) -> int:
        return self.moments[-1]


def hash_of(paths: list[Path]) -> str:
    """That of the file, or where there are several of their hashes in order."""
    digests = []
    for path in paths:
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256"))
    return digests[0].hexdigest() if len(digests) == 1 else hashlib.sha256(b"".join(one.digest() for one in digests)).hexdigest()
