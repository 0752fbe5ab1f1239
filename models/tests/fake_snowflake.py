"""A session and a registry in memory. Every call has to fit the signature of the installed snowflake-ml-python."""

import inspect
import json
from collections.abc import Callable
from functools import wraps

import pandas as pd
from snowflake.ml.model import Model, ModelVersion
from snowflake.ml.registry import Registry
from snowflake.snowpark import DataFrame, Session


def fits(real: Callable) -> Callable:
    """Refuses, by TypeError, what the real method would refuse."""

    def decorate(fake: Callable) -> Callable:
        @wraps(fake)
        def call(self, *positional, **named):
            inspect.signature(real).bind(self, *positional, **named)
            return fake(self, *positional, **named)

        return call

    return decorate


class FakeSession:
    def __init__(self):
        self.statements: list[str] = []
        self.services: list[str] = []

    @fits(Session.sql)
    def sql(self, query: str) -> "FakeSession":
        self.statements.append(query)
        return self

    @fits(DataFrame.collect)
    def collect(self) -> list[dict]:
        return [{"name": name} for name in self.services] if self.statements[-1].startswith("SHOW SERVICES") else []


class FakeRegistry:
    @fits(Registry.__init__)
    def __init__(self, session: FakeSession, **place):
        self.session = session
        self.place = place
        self.logged: list[dict] = []
        self.known: dict[str, FakeModel] = {}

    @fits(Registry.models)
    def models(self) -> list["FakeModel"]:
        return list(self.known.values())

    @fits(Registry.get_model)
    def get_model(self, model_name: str) -> "FakeModel":
        if model_name not in self.known:
            raise ValueError(f"Unable to find model {model_name}")
        return self.known[model_name]

    @fits(Registry.log_model)
    def log_model(self, model: object, *, model_name: str, version_name: str, metrics: dict, **rest) -> "FakeVersion":
        self.logged.append({"model": model, "model_name": model_name, "version_name": version_name, **rest})
        known = self.known.setdefault(model_name, FakeModel(model_name))
        known.held[version_name] = FakeVersion(self.session, known, version_name, metrics)
        return known.held[version_name]


class FakeModel:
    def __init__(self, name: str):
        self.name = name
        self.held: dict[str, FakeVersion] = {}
        self.defaults: list[str] = []

    @property
    def default(self) -> str:
        return self.defaults[-1]

    @default.setter
    def default(self, version: str) -> None:
        self.defaults.append(version)

    @fits(Model.version)
    def version(self, version_or_alias: str) -> "FakeVersion":
        return self.held[version_or_alias]

    @fits(Model.show_versions)
    def show_versions(self) -> pd.DataFrame:
        return pd.DataFrame([{"name": name, "aliases": json.dumps(one.aliases)} for name, one in self.held.items()])


class FakeVersion:
    def __init__(self, session: FakeSession, model: FakeModel, name: str, metrics: dict):
        self.session = session
        self.model = model
        self.name = name
        self.metrics = metrics
        self.aliases: list[str] = []
        self.created: list[dict] = []

    @fits(ModelVersion.show_metrics)
    def show_metrics(self) -> dict:
        return self.metrics

    @fits(ModelVersion.set_alias)
    def set_alias(self, alias_name: str) -> None:
        if any(alias_name in version.aliases for version in self.model.held.values()):
            raise ValueError(f"{alias_name} is taken")
        self.aliases.append(alias_name)

    @fits(ModelVersion.unset_alias)
    def unset_alias(self, version_or_alias: str) -> None:
        self.aliases.remove(version_or_alias)

    @fits(ModelVersion.create_service)
    def create_service(self, **arguments) -> None:
        self.created.append(arguments)
        self.session.services.append(arguments["service_name"].split(".")[-1])

    @fits(ModelVersion.list_services)
    def list_services(self) -> pd.DataFrame:
        return pd.DataFrame([{"name": arguments["service_name"]} for arguments in self.created])
