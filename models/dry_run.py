"""Stands in for a session and a registry in which nothing is: every call that would change something is written instead."""

from snowflake.ml.model.model_signature import ModelSignature


class DrySession:
    def sql(self, text: str) -> "DryStatement":
        return DryStatement(text)


class DryStatement:
    def __init__(self, text: str):
        self._text = text

    def collect(self) -> list:
        if not self._text.startswith("SHOW "):
            print(f"{self._text};")
        return []


class DryRegistry:
    def __init__(self, **place):
        write("Registry", place)

    def models(self) -> list:
        return []

    def log_model(self, **arguments) -> "DryVersion":
        write("registry.log_model", arguments)
        return DryVersion()

    def get_model(self, model_name: str) -> "DryModel":
        return DryModel()


class DryModel:
    @property
    def default(self) -> None:
        return None

    @default.setter
    def default(self, version: str) -> None:
        print(f"model.default = {version!r}")

    def version(self, version_or_alias: str) -> "DryVersion":
        return DryVersion()

    def show_versions(self) -> "DryTable":
        return DryTable()


class DryVersion:
    def set_alias(self, alias_name: str) -> None:
        write("version.set_alias", {"alias_name": alias_name})

    def create_service(self, **arguments) -> None:
        write("version.create_service", arguments)


class DryTable:
    def iterrows(self) -> list:
        return []


def write(call: str, arguments: dict) -> None:
    print(f"{call}(")
    for name, value in arguments.items():
        print(f"  {name}={described(value)},")
    print(")")


def described(value: object) -> str:
    if isinstance(value, dict) and any(isinstance(one, ModelSignature) for one in value.values()):
        return "{" + ", ".join(f"{method!r}: {signature_text(one)}" for method, one in value.items()) + "}"
    return type(value).__name__ if hasattr(value, "get_booster") else repr(value)


def signature_text(signature: ModelSignature) -> str:
    columns = lambda specs: ", ".join(f"{spec.name} {spec.to_dict()['type']}" for spec in specs)
    return f"({columns(signature.inputs)}) -> ({columns(signature.outputs)})"
