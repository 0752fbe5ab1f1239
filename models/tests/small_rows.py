"""Small exports, as the gateway writes them."""

import json
from pathlib import Path

import numpy as np

from exported_rows import Rows


def rows_of(**columns: list[float]) -> Rows:
    return Rows(np.column_stack([np.array(values, dtype="f4") for values in columns.values()]), list(columns))


def write_export(folder: Path, name: str, columns: list[str], values: list[list[float]]) -> None:
    content = {
        "dataset": {"source": "demo", "seed": 7, "asOf": "2026-11-01T00:00:00.000Z"},
        "moments": ["2026-10-01T00:00:00.000Z", "2026-10-15T00:00:00.000Z"],
        "rankingColumns": columns if name == "ranking" else [],
        "propensityColumns": columns if name == "propensity" else [],
        "pairsColumns": [],
        "features": [{"name": column, "kind": "product"} for column in columns],
    }
    (folder / "export.json").write_text(json.dumps(content))
    (folder / f"{name}.f32").write_bytes(b"".join(np.float32(value).astype("<f4").tobytes() for row in values for value in row))
