"""The service that answers for a registered model over HTTP, and who may call it."""

from dataclasses import dataclass

from registration import RegistrationError


@dataclass(frozen=True)
class InferenceService:
    """Names are identifiers of Snowflake without quotes; `schema` is `database.schema`, that of the model."""

    name: str
    schema: str
    compute_pool: str
    max_instances: int
    # Snowflake suspends a service of at least 0 instances after 30 minutes in which nobody asked.
    min_instances: int
    # Else it is reached inside Snowflake alone.
    is_public: bool
    # Seconds without a request until it is suspended; None leaves that to Snowflake.
    auto_suspend_seconds: int | None

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}".upper()

    def arguments(self) -> dict:
        """The arguments of `ModelVersion.create_service`. Each method of the model gets a path: /predict-proba."""
        return {
            "service_name": self.full_name,
            "service_compute_pool": self.compute_pool,
            "ingress_enabled": self.is_public,
            "min_instances": self.min_instances,
            "max_instances": self.max_instances,
        }

    def statements(self, roles: list[str]) -> list[str]:
        """What is to be run after it was created; running it again changes nothing."""
        suspend = [] if self.auto_suspend_seconds is None else [f"SET AUTO_SUSPEND_SECS = {self.auto_suspend_seconds}"]
        grants = [
            statement
            for role in roles
            for statement in (
                # To look the address up, and to call it.
                f"GRANT USAGE ON SERVICE {self.full_name} TO ROLE {role}",
                f"GRANT SERVICE ROLE {self.full_name}!ALL_ENDPOINTS_USAGE TO ROLE {role}",
            )
        ]
        return [*(f"ALTER SERVICE {self.full_name} {change}" for change in suspend), *grants]


def serve(session, version, service: InferenceService, roles: list[str]) -> bool:
    """
    Creates the service unless it runs this version already, and grants its use. Says whether it was created.
    Raises RegistrationError when a service of this name runs something else: Snowflake changes no service's model.
    """
    is_new = not is_there(session, service)
    if is_new:
        version.create_service(**service.arguments())
    elif service.full_name not in names_of(version):
        raise RegistrationError(
            f"The service {service.full_name} runs another model or version, and Snowflake changes no service's model. "
            f"Create one of another name by --service and set MODEL_SERVICE to it, or drop this one first."
        )
    for statement in service.statements(roles):
        session.sql(statement).collect()
    return is_new


def is_there(session, service: InferenceService) -> bool:
    # LIKE takes _ for any letter.
    rows = session.sql(f"SHOW SERVICES LIKE '{service.name}' IN SCHEMA {service.schema}").collect()
    return any(row["name"].upper() == service.name.upper() for row in rows)


def names_of(version) -> set[str]:
    services = version.list_services()
    return set() if services.empty else {name.replace('"', "").upper() for name in services["name"]}
