import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import train_ranking
import train_reference
from checksums import check_sums
from small_rows import write_export

CUSTOMERS, PRODUCTS = 30, 8


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """Everybody buys the most popular of the products on offer."""
    random = np.random.default_rng(7)
    features = list(dict.fromkeys([*train_ranking.FEATURES, *train_reference.FEATURES]))
    columns = ["moment", "customer", "product", "label", "events", *features]
    rows = []
    for moment in (0, 1):
        for customer in range(CUSTOMERS):
            values = random.random((PRODUCTS, len(features)))
            best = values[:, features.index("popularity")].argmax()
            rows += [[moment, customer, product, product == best, 9, *values[product]] for product in range(PRODUCTS)]
    write_export(tmp_path, "ranking", columns, rows)
    return tmp_path


@pytest.mark.parametrize("script", [train_ranking, train_reference])
def test_learns_all_moments_but_the_last_and_measures_that(script: ModuleType, exported: Path, monkeypatch: pytest.MonkeyPatch):
    out = exported / "made" / "9"
    monkeypatch.setattr(sys, "argv", ["train", "--data", str(exported), "--out", str(out)])
    script.main()
    check_sums(out)
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["name"], manifest["version"]) == ("made", "9")
    assert [feature["name"] for feature in manifest["features"]] == script.FEATURES
    assert manifest["createdFrom"].startswith(f"models/{script.__name__}.py with XGBoost")
    assert manifest["metrics"]["train_rows"] == CUSTOMERS * PRODUCTS
    assert manifest["metrics"]["test_customers"] == CUSTOMERS
    assert manifest["metrics"]["popularity_auc"] == 1.0
    assert manifest["trainingWindow"]["to"] == "2026-10-15T00:00:00.000Z"
