"""Registers a model of models/<name>/<version>/ in the Snowflake Model Registry, and has a service answer for it.

    python models/register.py models/ranking/5 --service ranking_model --compute-pool snowgate_ranker_pool
    python models/register.py models/propensity/4 --default

Logs in by the SNOWFLAKE_* settings of the gateway, as the role that owns the schema of the models. Running it again
changes nothing. --dry-run needs no account: it writes the calls that would be made where nothing is registered yet.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from dry_run import DryRegistry, DrySession
from inference_service import InferenceService, serve
from registration import Registration, RegistrationError
from snowflake_login import connection_parameters, open_session, without_secrets


def main(given: list[str] | None = None) -> int:
    parser = build_parser()
    arguments = parser.parse_args(given)
    if (arguments.service is None) != (arguments.compute_pool is None):
        parser.error("--service and --compute-pool go together")
    parameters: dict = {}
    try:
        registration = Registration.read(arguments.folder)
        check_wishes(registration, arguments)
        if not arguments.dry_run:
            parameters = connection_parameters()
        run(registration, arguments, parameters)
        return 0
    except RegistrationError as error:
        print(f"register.py: {error}", file=sys.stderr)
    except snowflake_errors() as error:
        print(f"register.py: Snowflake refused: {without_secrets(str(error), parameters)}", file=sys.stderr)
    return 1


def run(registration: Registration, arguments: argparse.Namespace, parameters: dict) -> None:
    # Monitors are not used, and would need rights of their own.
    place = {"database_name": arguments.database, "schema_name": arguments.schema, "options": {"enable_monitoring": False}}
    if arguments.dry_run:
        list(steps(registration, arguments, DrySession(), DryRegistry(**place)))
        return
    from snowflake.ml.registry import Registry

    with open_session(parameters) as session:
        for done in steps(registration, arguments, session, Registry(session, **place)):
            print(done, flush=True)


def steps(registration: Registration, arguments: argparse.Namespace, session, registry) -> Iterator[str]:
    """Does what was asked for, each step only where it is not done yet, and says after each what is so now."""
    schema = f"{arguments.database}.{arguments.schema}"
    version, is_new = log(registry, registration)
    yield f"{registration.name} {'is registered' if is_new else 'was registered before'} in {schema}"
    model = registry.get_model(registration.model_name)
    if arguments.default:
        model.default = registration.version_name
        yield f"{registration.version_name} is the default version of {registration.model_name}"
    if arguments.alias:
        set_alias(model, registration.version_name, arguments.alias)
        yield f"{arguments.alias} is an alias of {registration.name}"
    if registration.is_for_sql:
        for role in arguments.grant_to:
            session.sql(f"GRANT USAGE ON MODEL {schema}.{registration.model_name} TO ROLE {role}").collect()
            yield f"{role} may call {registration.model_name} from SQL"
    if arguments.service:
        service = service_of(arguments, schema)
        is_new = serve(session, version, service, arguments.grant_to)
        yield f"The service {service.full_name} {'was created' if is_new else 'was there before'}"


def check_wishes(registration: Registration, arguments: argparse.Namespace) -> None:
    if registration.is_for_sql and arguments.service:
        raise RegistrationError(f"{registration.name} is for SQL, in a warehouse; no service can answer for it.")
    if arguments.grant_to and not registration.is_for_sql and not arguments.service:
        raise RegistrationError(f"{registration.name} is called through a service: give --service too, to grant its use.")


def log(registry, registration: Registration) -> tuple:
    """
    The version in the registry, and whether it is new. Raises RegistrationError when there is one of this name that was
    made from other files: a version never changes.
    """
    name, version_name = registration.model_name, registration.version_name
    is_known = name in {model.name for model in registry.models()}
    if not is_known or version_name not in versions_of(registry.get_model(name)):
        return registry.log_model(**registration.log_arguments()), True
    version = registry.get_model(name).version(version_name)
    if version.show_metrics().get("fingerprint") != registration.fingerprint:
        raise RegistrationError(
            f"{registration.name} is registered already, from other files or not to its end, and a version never "
            f"changes. Train the model with --out <name>/<next version> and register that. Or drop the version in "
            f"Snowflake, if nobody uses it: ALTER MODEL {name} DROP VERSION {version_name}."
        )
    return version, False


def set_alias(model, version_name: str, alias: str) -> None:
    """Takes the alias from the version that has it. Names are the same in upper and lower case."""
    holder = next((name for name, aliases in versions_of(model).items() if alias.upper() in aliases), None)
    if holder == version_name:
        return
    if holder is not None:
        model.version(holder).unset_alias(alias)
    model.version(version_name).set_alias(alias)


def versions_of(model) -> dict[str, list[str]]:
    """The aliases of each version, by its name."""
    versions = model.show_versions()
    return {row["name"]: [alias.upper() for alias in json.loads(row["aliases"] or "[]")] for _, row in versions.iterrows()}


def service_of(arguments: argparse.Namespace, schema: str) -> InferenceService:
    return InferenceService(
        name=arguments.service,
        schema=schema,
        compute_pool=arguments.compute_pool,
        max_instances=arguments.max_instances,
        min_instances=arguments.min_instances,
        is_public=arguments.ingress,
        auto_suspend_seconds=arguments.auto_suspend_seconds,
    )


def snowflake_errors() -> tuple:
    from snowflake.connector.errors import Error
    from snowflake.ml._internal.exceptions.exceptions import SnowflakeMLException
    from snowflake.snowpark.exceptions import SnowparkClientException

    return Error, SnowparkClientException, SnowflakeMLException


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("folder", type=Path, help="folder <name>/<version> of the model")
    database = os.environ.get("SNOWFLAKE_DATABASE") or "SNOWGATE"
    add("--database", type=identifier, default=database, help="default: SNOWFLAKE_DATABASE, else SNOWGATE")
    add("--schema", type=identifier, default="MODELS", help="schema that holds the models (default: MODELS)")
    add("--default", action="store_true", help="make it the version that SQL calls without naming one")
    add("--alias", type=identifier, help="name that this version takes over from the one that has it")
    add("--grant-to", type=identifier, action="append", default=[], metavar="ROLE", help="role that may call it; repeatable")
    add("--service", type=identifier, help="name of the service that answers for the model, for MODEL_SERVICE")
    add("--compute-pool", type=identifier, help="compute pool that it runs in")
    add("--ingress", action="store_true", help="let it be called from outside of Snowflake, with a token")
    add("--min-instances", type=whole_number(0), default=0, help="0 has it suspended after 30 idle minutes (default)")
    add("--max-instances", type=whole_number(1), default=1, help="as many when there is much to do (default: 1)")
    add("--auto-suspend-seconds", type=whole_number(300), help="idle seconds until it is suspended, at least 300")
    add("--dry-run", action="store_true", help="write the calls and make none")
    return parser


def identifier(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_$]*", text):
        raise argparse.ArgumentTypeError(f"{text} is no name in Snowflake: use letters, digits, _ and $")
    return text.upper()


def whole_number(least: int):
    def parse(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} is not a whole number from {least} on")
        return int(text)

    return parse


if __name__ == "__main__":
    sys.exit(main())
