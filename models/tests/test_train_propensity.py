import json
import sys
from pathlib import Path

import numpy as np
import pytest

import train_propensity
from small_rows import write_export

CUSTOMERS, CATEGORIES = 40, 6


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    random = np.random.default_rng(7)
    columns = ["moment", "customer", "label", *train_propensity.FEATURES]
    rows = [
        [moment, customer, random.integers(2), *random.random(len(train_propensity.FEATURES))]
        for moment in (0, 1)
        for customer in range(CUSTOMERS + moment)
        for _ in range(CATEGORIES)
    ]
    write_export(tmp_path, "propensity", columns, rows)
    return tmp_path


def manifest_of(exported: Path, monkeypatch: pytest.MonkeyPatch, *flags: str) -> dict:
    out = exported / "propensity" / "9"
    monkeypatch.setattr(sys, "argv", ["train_propensity.py", "--data", str(exported), "--out", str(out), *flags])
    train_propensity.main()
    return json.loads((out / "manifest.json").read_text())


def test_learns_the_moment_before_the_last_and_measures_the_last(exported: Path, monkeypatch: pytest.MonkeyPatch):
    manifest = manifest_of(exported, monkeypatch)
    assert manifest["metrics"].keys() == {"train_rows", "auc_within_customer", "expected_calibration_error", "brier"}
    assert manifest["metrics"]["train_rows"] == CUSTOMERS * CATEGORIES
    assert manifest["trainingWindow"] == {
        "from": "2026-10-01T00:00:00.000Z",
        "to": "2026-10-29T00:00:00.000Z",
        "labelDays": 28,
    }


def test_without_a_test_learns_the_last_moment_and_measures_nothing(exported: Path, monkeypatch: pytest.MonkeyPatch):
    manifest = manifest_of(exported, monkeypatch, "--no-test")
    assert manifest["metrics"] == {"train_rows": (CUSTOMERS + 1) * CATEGORIES}
    assert manifest["trainingWindow"]["from"] == "2026-10-15T00:00:00.000Z"
    assert manifest["trainingWindow"]["to"] == "2026-11-12T00:00:00.000Z"
