"""What is registered, packed and unpacked by the registry's own packager, which needs no account."""

import json
import shutil
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from snowflake.ml._internal.platform_capabilities import PlatformCapabilities
from snowflake.ml.model._model_composer.model_manifest.model_manifest import ModelManifest
from snowflake.ml.model._packager.model_packager import ModelPackager
from snowflake.ml.model.model_signature import infer_signature
from snowflake.ml.model.target_platform import TargetPlatform
from snowflake.ml.registry._manager.model_parameter_reconciler import ModelParameterReconciler

from checksums import write_sums
from registration import METHOD, Registration, RegistrationError

MODELS = Path(__file__).parents[1]
FOLDERS = [MODELS / "ranking" / "5", MODELS / "propensity" / "4"]


def features_of(registration: Registration) -> list[str]:
    return [feature["name"] for feature in registration.manifest["features"]]


def rows_for(registration: Registration) -> pd.DataFrame:
    """Around the thresholds of the trees, a fifth of them missing."""
    trees = registration.model.get_booster().trees_to_dataframe()
    random = np.random.default_rng(7)
    columns = {}
    for name in features_of(registration):
        thresholds = trees.loc[trees["Feature"] == name, "Split"].to_numpy()
        values = random.choice(thresholds, 500) if len(thresholds) else np.zeros(500)
        values = np.where(random.random(500) < 0.5, values, np.nextafter(values.astype("f4"), np.float32(-np.inf)))
        columns[name] = np.where(random.random(500) < 0.2, np.nan, values).astype("f4")
    return pd.DataFrame(columns)


def packed(folder: Path, registration: Registration) -> ModelPackager:
    arguments = registration.log_arguments()
    kept = ("model", "signatures", "pip_requirements", "options", "task")
    packager = ModelPackager(str(folder))
    packager.save(
        name=arguments["model_name"],
        target_platforms=[TargetPlatform(name) for name in arguments["target_platforms"]],
        artifact_repository_map=arguments.get("artifact_repository_map"),
        **{name: arguments[name] for name in kept},
    )
    return packager


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.parent.name)
def registration(request: pytest.FixtureRequest) -> Registration:
    return Registration.read(request.param)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDERS[0], tmp_path / "ranking" / "5"))


def edit(path: Path, change) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    write_sums(path.parent)


def test_a_packed_model_gives_the_probabilities_that_xgboost_gives(registration: Registration, tmp_path: Path):
    rows = rows_for(registration)
    packed(tmp_path, registration)
    unpacked = ModelPackager(str(tmp_path))
    unpacked.load(as_custom_model=True)
    answer = getattr(unpacked.model, METHOD)(rows)
    expected = registration.model.get_booster().predict(xgb.DMatrix(rows))
    assert list(answer.columns) == ["output_feature_0", "output_feature_1"]
    assert np.abs(answer["output_feature_1"] - expected).max() < 1e-6
    assert np.ptp(expected) > 0.1


def test_a_booster_alone_has_no_probabilities_in_the_registry(registration: Registration, tmp_path: Path):
    signatures = registration.log_arguments()["signatures"]
    booster = registration.model.get_booster()
    with pytest.raises(ValueError, match=f"{METHOD} is not callable"):
        ModelPackager(str(tmp_path)).save(
            name="RANKING", model=booster, signatures=signatures, options={"target_methods": [METHOD]}
        )


def test_the_signature_is_the_one_that_rows_and_probabilities_have(registration: Registration):
    rows = rows_for(registration)
    inferred = infer_signature(rows, registration.model.predict_proba(rows)).to_dict()
    written = registration.log_arguments()["signatures"][METHOD].to_dict()
    columns = lambda specs: [(spec["name"], spec["type"]) for spec in specs]
    assert columns(written["inputs"]) == columns(inferred["inputs"])
    assert columns(written["outputs"]) == columns(inferred["outputs"])
    assert all(spec["nullable"] for spec in written["inputs"])


def test_the_package_asks_for_what_trained_the_model(registration: Registration, tmp_path: Path):
    packager = packed(tmp_path, registration)
    trained_by = ".".join(map(str, json.loads((FOLDERS[0] / "model.json").read_text())["version"]))
    assert f"xgboost=={trained_by}" in packager.meta.env.pip_requirements
    assert any(name.startswith("scikit-learn==") for name in packager.meta.env.pip_requirements)
    assert packager.meta.env.cuda_version is None


def test_sql_calls_the_method_by_the_names_of_the_features(registration: Registration, tmp_path: Path):
    meta, options = packed(tmp_path / "model", registration).meta, registration.log_arguments()["options"]
    with PlatformCapabilities.mock_features():
        ModelManifest(tmp_path).save(model_meta=meta, model_rel_path=Path("model"), options=options)
    [method] = ModelManifest(tmp_path).load()["methods"]
    assert method["name"] == "PREDICT_PROBA"
    assert [field["name"] for field in method["inputs"]] == [name.upper() for name in features_of(registration)]
    assert {field["type"] for field in method["inputs"]} == {"FLOAT"}


def test_the_registry_takes_packages_and_platform_together(registration: Registration):
    arguments = registration.log_arguments()
    session = Mock()
    session.sql.return_value.collect.return_value = []
    named = ("pip_requirements", "target_platforms", "artifact_repository_map", "options")
    reconciled = ModelParameterReconciler(
        arguments["model"], session, "SNOWGATE", "MODELS", **{name: arguments.get(name) for name in named}
    )
    # Asks the account which versions of snowflake-ml-python it has.
    reconciled._handle_embed_local_ml_library = lambda options, _: options
    settled = reconciled.reconcile()
    assert [one.value for one in settled.target_platforms] == arguments["target_platforms"]
    assert settled.options["relax_version"] is False


def test_the_same_files_give_the_same_fingerprint_and_others_another(copied: Path):
    first = Registration.read(copied).fingerprint
    (copied / "reasons.json").write_text("{}\n")
    write_sums(copied)
    assert Registration.read(copied).fingerprint == first
    edit(copied / "manifest.json", lambda manifest: manifest["metrics"].update(train_rows=1))
    assert Registration.read(copied).fingerprint != first


def test_refuses_a_damaged_folder(copied: Path):
    (copied / "model.json").write_bytes((copied / "model.json").read_bytes().replace(b"E-2", b"E-3", 1))
    with pytest.raises(RegistrationError, match="model.json is not the file"):
        Registration.read(copied)


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("manifest.json", lambda one: one.update(name="reference"), "serves nobody"),
        ("manifest.json", lambda one: one.update(version="2-beta"), "2-beta is no version"),
        ("manifest.json", lambda one: one["features"].reverse(), "features of manifest.json"),
        ("model.json", lambda one: one["learner"]["objective"].update(name="rank:ndcg"), "objective is rank:ndcg"),
        ("model.json", lambda one: one.update(version=[2, 1, 0]), "install xgboost==2.1.0"),
    ],
)
def test_refuses_what_would_answer_nonsense(copied: Path, file: str, change, message: str):
    edit(copied / file, change)
    with pytest.raises(RegistrationError, match=message):
        Registration.read(copied)


def test_refuses_a_folder_without_a_forest(tmp_path: Path):
    with pytest.raises(RegistrationError, match="manifest.json is missing"):
        Registration.read(tmp_path)
