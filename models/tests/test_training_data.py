import sys
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from exported_rows import Rows
from small_rows import rows_of, write_export
from training_data import TrainingData, parse, parser_of, train

PARAMETERS = {"objective": "binary:logistic", "max_depth": 2, "seed": 7, "nthread": 1}


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    folders = [tmp_path / "one", tmp_path / "other"]
    for index, folder in enumerate(folders):
        folder.mkdir()
        write_export(folder, "ranking", ["moment", "price"], [[0, index], [1, 10 + index]])
    return folders


def some_rows(seed: int, turn: float) -> Rows:
    random = np.random.default_rng(seed)
    price, size = random.random(400), random.random(400)
    return rows_of(size=size, price=price, label=(price * turn > turn / 2).astype(float))


def test_reads_every_export(folders: list[Path]):
    data = TrainingData(folders, "ranking")
    assert [rows["price"].tolist() for rows in data.exports] == [[0, 10], [1, 11]]


def test_a_manifest_names_the_worlds_and_the_kinds_of_the_features(folders: list[Path]):
    manifest = TrainingData(folders, "ranking").manifest(["price"], PARAMETERS, 5, "train_x.py")
    assert manifest["features"] == [{"name": "price", "kind": "product"}]
    assert manifest["trainedOn"] == ["demo 7", "demo 7"]
    assert manifest["createdFrom"].startswith("models/train_x.py with XGBoost ")
    assert manifest["createdFrom"].endswith(", 5 rounds of depth 2, seed 7")
    one = TrainingData(folders[:1], "ranking").manifest(["price"], PARAMETERS, 5, "train_x.py")
    assert len(one["trainingDataHash"]) == 64 and one["trainingDataHash"] != manifest["trainingDataHash"]


def test_the_window_ends_with_the_labels_of_the_last_moment_that_is_learned(folders: list[Path]):
    file = folders[1] / "export.json"
    file.write_text(file.read_text().replace("2026-10-15", "2026-10-22").replace("2026-10-01", "2026-10-08"))
    data = TrainingData(folders, "ranking")
    window = data.window([rows.before(1) for rows in data.exports], label_days=14)
    assert window == {"from": "2026-10-01T00:00:00.000Z", "to": "2026-10-22T00:00:00.000Z", "labelDays": 14}
    window = data.window(data.exports, label_days=28)
    assert window == {"from": "2026-10-01T00:00:00.000Z", "to": "2026-11-19T00:00:00.000Z", "labelDays": 28}


def test_takes_folders_and_says_what_to_do_when_one_holds_no_export(
    folders: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(sys, "argv", ["train_x.py", "--data", *map(str, folders)])
    data, arguments = parse(parser_of("Trains.", "x/1"), "ranking")
    assert len(data.exports) == 2
    assert arguments.out.parts[-2:] == ("x", "1")
    (folders[1] / "export.json").unlink()
    with pytest.raises(SystemExit):
        parse(parser_of("Trains.", "x/1"), "ranking")
    assert "run `npm run models:export` first" in capsys.readouterr().err


def test_learns_from_all_parts_alike():
    """Two worlds that contradict each other teach nothing; either of them alone teaches everything."""
    one, other = some_rows(7, 1), some_rows(8, -1)
    predict = lambda booster: booster.predict(xgb.DMatrix(one.matrix(["price"]), feature_names=["price"]))
    assert np.ptp(predict(train([one], ["price"], PARAMETERS, 10))) > 0.8
    assert np.ptp(predict(train([other], ["price"], PARAMETERS, 10))) > 0.8
    assert np.ptp(predict(train([one, other], ["price"], PARAMETERS, 10))) < 0.4
