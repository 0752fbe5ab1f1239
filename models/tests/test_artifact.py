from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from artifact import Artifact, write
from checksums import check_sums
from exported_rows import Rows
from small_rows import rows_of
from training_data import train

FEATURES = ["price", "popularity"]
PARAMETERS = {"objective": "binary:logistic", "max_depth": 2, "seed": 7, "nthread": 1}
MANIFEST = {"objective": "binary:logistic", "features": [{"name": name, "kind": "product"} for name in FEATURES]}


@pytest.fixture(scope="module")
def rows() -> Rows:
    random = np.random.default_rng(7)
    popularity, price = random.random(300), random.random(300)
    noise = random.random(300)
    return rows_of(popularity=popularity, noise=noise, price=price, label=(3 * price + popularity > 2).astype(float))


@pytest.fixture
def folder(rows: Rows, tmp_path: Path) -> Path:
    write(tmp_path / "ranking" / "5", train([rows], FEATURES, PARAMETERS, 10), MANIFEST)
    return tmp_path / "ranking" / "5"


def test_is_named_after_its_folder(folder: Path):
    artifact = Artifact(folder)
    assert artifact.name == "ranking@5"
    assert artifact.features == FEATURES


def test_predicts_what_the_booster_predicted_whatever_the_order_of_the_columns(folder: Path, rows: Rows):
    booster = train([rows], FEATURES, PARAMETERS, 10)
    expected = booster.predict(xgb.DMatrix(rows.matrix(FEATURES), feature_names=FEATURES))
    assert np.array_equal(Artifact(folder).probabilities(rows), expected)
    others = rows_of(price=rows["price"], popularity=rows["popularity"])
    assert np.array_equal(Artifact(folder).probabilities(others), expected)
    assert np.ptp(expected) > 0.5


def test_the_same_rows_give_the_same_files(folder: Path, rows: Rows, tmp_path: Path):
    again = tmp_path / "again" / "ranking" / "5"
    write(again, train([rows], FEATURES, PARAMETERS, 10), MANIFEST)
    for name in ("model.json", "manifest.json", "SHA256SUMS"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_sums_up_what_it_wrote_and_what_was_there(folder: Path, rows: Rows):
    (folder / "reasons.json").write_text("{}\n")
    write(folder, train([rows], FEATURES, PARAMETERS, 11), MANIFEST)
    check_sums(folder)
    assert "reasons.json" in (folder / "SHA256SUMS").read_text()


def test_importance_is_a_share_of_the_gain_greatest_first(folder: Path):
    importance = Artifact(folder).importance()
    assert list(importance) == ["price", "popularity"]
    nodes = xgb.Booster(model_file=folder / "model.json").trees_to_dataframe()
    splits = nodes[nodes["Feature"] != "Leaf"]
    for name, share in importance.items():
        assert share == pytest.approx(splits[splits["Feature"] == name]["Gain"].sum() / splits["Gain"].sum(), rel=1e-4)
