"""A model on disk as the Snowflake Model Registry takes it: a classifier, its signature, requirements and a fingerprint."""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import xgboost as xgb
from snowflake.ml.model.model_signature import DataType, FeatureSpec, ModelSignature
from snowflake.ml.model.target_platform import TargetPlatform
from snowflake.ml.model.task import Task

from checksums import check_sums

OBJECTIVE = "binary:logistic"
METHOD = "predict_proba"
# What the registry calls the probabilities of the classes 0 and 1; the gateway's manifest says output_feature_1.
OUTPUTS = ["output_feature_0", "output_feature_1"]
# A warehouse takes packages from PyPI through this repository alone, and through it exactly the versions that are named.
PACKAGES_OF_WAREHOUSES = {"pip": "snowflake.snowpark.pypi_shared_repository"}
PLATFORMS = {
    "ranking": TargetPlatform.SNOWPARK_CONTAINER_SERVICES,
    "propensity": TargetPlatform.WAREHOUSE,
}


class RegistrationError(Exception):
    """Why nothing more was done. The message says what to do."""


@dataclass(frozen=True)
class Registration:
    """One version of a model. The same files give the same fingerprint."""

    model: xgb.XGBClassifier
    manifest: dict
    platform: TargetPlatform
    fingerprint: str

    @staticmethod
    def read(folder: Path) -> "Registration":
        """Reads `<name>/<version>/`. Raises RegistrationError for a folder that is damaged or that cannot be registered."""
        manifest = json.loads(text_of(folder / "manifest.json"))
        content = json.loads(text_of(folder / "model.json"))
        try:
            check_sums(folder)
        except ValueError as error:
            raise RegistrationError(f"{error}. Train the model anew, or take its folder from the repository again.") from error
        platform = PLATFORMS.get(manifest["name"])
        if platform is None:
            raise RegistrationError(
                f"The model {manifest['name']} serves nobody. These can be registered: {', '.join(PLATFORMS)}."
            )
        if not re.fullmatch(r"\w+", manifest["version"], re.ASCII):
            raise RegistrationError(f"{manifest['version']} is no version in Snowflake: use letters, digits and _ alone.")
        check_model(manifest, content)
        # The registry's handler knows a Booster's `predict` alone; `predict_proba` is a method of the classifier, which
        # takes objective, base score and trees from the file.
        classifier = xgb.XGBClassifier()
        classifier.load_model(folder / "model.json")
        return Registration(classifier, manifest, platform, fingerprint_of(folder))

    @property
    def model_name(self) -> str:
        return self.manifest["name"].upper()

    @property
    def version_name(self) -> str:
        return f"V{self.manifest['version']}".upper()

    @property
    def name(self) -> str:
        return f"{self.model_name} {self.version_name}"

    @property
    def is_for_sql(self) -> bool:
        return self.platform is TargetPlatform.WAREHOUSE

    def log_arguments(self) -> dict:
        """The arguments of `Registry.log_model`."""
        arguments = {
            "model": self.model,
            "model_name": self.model_name,
            "version_name": self.version_name,
            "comment": comment_of(self.manifest),
            "metrics": {**self.manifest["metrics"], "fingerprint": self.fingerprint},
            "pip_requirements": requirements_of(),
            "target_platforms": [self.platform.value],
            "signatures": {METHOD: signature_of(self.manifest)},
            "task": Task.TABULAR_BINARY_CLASSIFICATION,
            # No CUDA: a forest of this size is none the faster for it, and the image much larger.
            "options": {"relax_version": False, "cuda_version": None},
        }
        if self.is_for_sql:
            arguments["artifact_repository_map"] = PACKAGES_OF_WAREHOUSES
        return arguments


def text_of(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        raise RegistrationError(f"{path} is missing: give a folder <name>/<version> of a model that XGBoost trained.") from None


def check_model(manifest: dict, content: dict) -> None:
    """What the classifier would take without a word, and answer nonsense."""
    learner = content["learner"]
    objective = learner["objective"]["name"]
    if objective != OBJECTIVE:
        raise RegistrationError(f"The model's objective is {objective}; only {OBJECTIVE} gives probabilities.")
    features = [feature["name"] for feature in manifest["features"]]
    if learner["feature_names"] != features:
        raise RegistrationError("The features of manifest.json are not those of model.json, in their order: train it anew.")
    saved_by = ".".join(str(part) for part in content["version"])
    if saved_by != xgb.__version__:
        raise RegistrationError(
            f"XGBoost {saved_by} saved the model and {xgb.__version__} would write it for the registry: "
            f"install xgboost=={saved_by}, or train it anew."
        )


def fingerprint_of(folder: Path) -> str:
    """Of the files that matter to the registry: reasons.json is the gateway's alone."""
    return sha256(b"".join(sha256((folder / name).read_bytes()).digest() for name in ("manifest.json", "model.json"))).hexdigest()


def comment_of(manifest: dict) -> str:
    window = manifest["trainingWindow"]
    return (
        f"{manifest['createdFrom']}; rows from {window['from'][:10]} to {window['to'][:10]}, "
        f"sha256 {manifest['trainingDataHash']}"
    )


def requirements_of() -> list[str]:
    """XGBoost as it trained the model, which `check_model` has compared, and scikit-learn, which the classifier needs."""
    return [f"xgboost=={xgb.__version__}", f"scikit-learn=={version('scikit-learn')}"]


def signature_of(manifest: dict) -> ModelSignature:
    """The features in their order. All are 32-bit floats, which may be missing; so are the probabilities."""
    inputs = [FeatureSpec(feature["name"], DataType.FLOAT) for feature in manifest["features"]]
    return ModelSignature(inputs=inputs, outputs=[FeatureSpec(name, DataType.FLOAT) for name in OUTPUTS])
