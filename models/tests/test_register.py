"""What register.py asks of the registry, held against the signatures of the installed snowflake-ml-python."""

from pathlib import Path

import pytest
from snowflake.ml.model import Model

import register
from fake_snowflake import FakeRegistry, FakeSession
from registration import Registration, RegistrationError

RANKING = Path(__file__).parents[1] / "ranking" / "5"
PROPENSITY = Path(__file__).parents[1] / "propensity" / "4"
SERVICE = ["--service", "ranking_model", "--compute-pool", "snowgate_ranker_pool"]


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry(FakeSession(), database_name="SNOWGATE", schema_name="MODELS", options={"enable_monitoring": False})


def run(registry: FakeRegistry, folder: Path, *flags: str, registration: Registration | None = None) -> list[str]:
    arguments = register.build_parser().parse_args([str(folder), *flags])
    known = registration or Registration.read(folder)
    register.check_wishes(known, arguments)
    return list(register.steps(known, arguments, registry.session, registry))


def refused(capsys: pytest.CaptureFixture[str], *given: str) -> str:
    assert register.main(list(given)) == 1
    return capsys.readouterr().err


def test_logs_the_ranking_model_for_containers(registry: FakeRegistry):
    assert run(registry, RANKING) == ["RANKING V5 is registered in SNOWGATE.MODELS"]
    [logged] = registry.logged
    assert (logged["model_name"], logged["version_name"]) == ("RANKING", "V5")
    assert logged["target_platforms"] == ["SNOWPARK_CONTAINER_SERVICES"]
    assert "artifact_repository_map" not in logged


def test_logs_the_propensity_model_for_warehouses_and_lets_roles_call_it_from_sql(registry: FakeRegistry):
    run(registry, PROPENSITY, "--grant-to", "snowgate_service")
    [logged] = registry.logged
    assert logged["target_platforms"] == ["WAREHOUSE"]
    assert logged["artifact_repository_map"] == {"pip": "snowflake.snowpark.pypi_shared_repository"}
    assert registry.session.statements == ["GRANT USAGE ON MODEL SNOWGATE.MODELS.PROPENSITY TO ROLE SNOWGATE_SERVICE"]


def test_leaves_a_version_alone_that_was_made_from_the_same_files(registry: FakeRegistry):
    run(registry, RANKING)
    assert run(registry, RANKING) == ["RANKING V5 was registered before in SNOWGATE.MODELS"]
    assert len(registry.logged) == 1


@pytest.mark.parametrize("metrics", [{"fingerprint": "another"}, {}], ids=["other files", "somebody else's"])
def test_refuses_a_version_that_was_made_from_other_files(registry: FakeRegistry, metrics: dict):
    run(registry, RANKING)
    registry.known["RANKING"].held["V5"].metrics = metrics
    with pytest.raises(RegistrationError, match=r"(?s)--out <name>/<next version>.*DROP VERSION V5"):
        run(registry, RANKING, *SERVICE)
    assert len(registry.logged) == 1
    assert registry.session.services == []


def test_logs_a_new_version_beside_the_old_one(registry: FakeRegistry):
    run(registry, RANKING)
    held = registry.known["RANKING"].held
    held["V1"] = held.pop("V5")
    run(registry, RANKING)
    assert list(held) == ["V1", "V5"]


def test_makes_it_the_default_only_when_asked(registry: FakeRegistry):
    # The registry sets it as a property, whose signature cannot be bound.
    assert isinstance(Model.default, property) and Model.default.fset is not None
    run(registry, RANKING)
    assert registry.known["RANKING"].defaults == []
    run(registry, RANKING, "--default")
    assert registry.known["RANKING"].defaults == ["V5"]


def test_takes_an_alias_from_the_version_that_has_it(registry: FakeRegistry):
    run(registry, RANKING, "--alias", "production")
    held = registry.known["RANKING"].held
    held["V1"] = held.pop("V5")
    run(registry, RANKING, "--alias", "production")
    assert (held["V1"].aliases, held["V5"].aliases) == ([], ["PRODUCTION"])
    run(registry, RANKING, "--alias", "Production")
    assert held["V5"].aliases == ["PRODUCTION"]


def test_creates_the_service_and_grants_its_use(registry: FakeRegistry):
    flags = ["--max-instances", "3", "--min-instances", "1", "--ingress", "--auto-suspend-seconds", "600"]
    run(registry, RANKING, *SERVICE, *flags, "--grant-to", "snowgate_service", "--grant-to", "other")
    [created] = registry.known["RANKING"].held["V5"].created
    assert created == {
        "service_name": "SNOWGATE.MODELS.RANKING_MODEL",
        "service_compute_pool": "SNOWGATE_RANKER_POOL",
        "ingress_enabled": True,
        "min_instances": 1,
        "max_instances": 3,
    }
    assert registry.session.statements == [
        "SHOW SERVICES LIKE 'RANKING_MODEL' IN SCHEMA SNOWGATE.MODELS",
        "ALTER SERVICE SNOWGATE.MODELS.RANKING_MODEL SET AUTO_SUSPEND_SECS = 600",
        "GRANT USAGE ON SERVICE SNOWGATE.MODELS.RANKING_MODEL TO ROLE SNOWGATE_SERVICE",
        "GRANT SERVICE ROLE SNOWGATE.MODELS.RANKING_MODEL!ALL_ENDPOINTS_USAGE TO ROLE SNOWGATE_SERVICE",
        "GRANT USAGE ON SERVICE SNOWGATE.MODELS.RANKING_MODEL TO ROLE OTHER",
        "GRANT SERVICE ROLE SNOWGATE.MODELS.RANKING_MODEL!ALL_ENDPOINTS_USAGE TO ROLE OTHER",
    ]


def test_leaves_a_service_alone_that_runs_this_version(registry: FakeRegistry):
    # LIKE takes _ for any letter, so that it finds others.
    registry.session.services.append("RANKINGXMODEL")
    assert run(registry, RANKING, *SERVICE)[-1] == "The service SNOWGATE.MODELS.RANKING_MODEL was created"
    assert run(registry, RANKING, *SERVICE)[-1] == "The service SNOWGATE.MODELS.RANKING_MODEL was there before"
    assert len(registry.known["RANKING"].held["V5"].created) == 1


def test_refuses_a_service_that_runs_something_else(registry: FakeRegistry):
    registry.session.services.append("RANKING_MODEL")
    with pytest.raises(RegistrationError, match="runs another model or version"):
        run(registry, RANKING, *SERVICE)
    assert registry.known["RANKING"].held["V5"].created == []


def test_refuses_wishes_that_do_not_fit_the_platform(capsys: pytest.CaptureFixture[str]):
    assert "no service can answer for it" in refused(capsys, str(PROPENSITY), *SERVICE, "--dry-run")
    assert "give --service too" in refused(capsys, str(RANKING), "--grant-to", "someone", "--dry-run")


@pytest.mark.parametrize("flags", [["--service", "a"], ["--schema", "a b"], ["--max-instances", "0"], ["--alias", "x;y"]])
def test_refuses_flags_that_make_no_sense(flags: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        register.main([str(RANKING), *flags, "--dry-run"])
    assert "error:" in capsys.readouterr().err


def test_a_dry_run_writes_every_call_and_needs_no_account(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SNOWFLAKE_DATABASE", raising=False)
    flags = ["--default", "--alias", "production", *SERVICE, "--grant-to", "snowgate_service", "--dry-run"]
    assert register.main([str(RANKING), *flags]) == 0
    written = capsys.readouterr().out
    opened = [line for line in written.splitlines() if line.endswith("(")]
    assert opened == ["Registry(", "registry.log_model(", "version.set_alias(", "version.create_service("]
    assert "database_name='SNOWGATE',\n  schema_name='MODELS'" in written
    assert "'predict_proba': (prior_score FLOAT, style_match FLOAT," in written
    assert "-> (output_feature_0 FLOAT, output_feature_1 FLOAT)" in written
    assert "model.default = 'V5'" in written
    assert "GRANT SERVICE ROLE SNOWGATE.MODELS.RANKING_MODEL!ALL_ENDPOINTS_USAGE TO ROLE SNOWGATE_SERVICE;" in written


def test_names_the_setting_that_a_login_lacks(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SNOWFLAKE_ACCOUNT", raising=False)
    assert refused(capsys, str(RANKING)) == "register.py: Set SNOWFLAKE_ACCOUNT: register.py needs it.\n"


def test_shows_no_secret_when_a_login_fails(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    from snowflake.connector.errors import DatabaseError

    def refuse(parameters: dict):
        raise DatabaseError(f"no such password: {parameters['password']}")

    monkeypatch.setattr(register, "open_session", refuse)
    for name, value in {"ACCOUNT": "a-b", "USER": "u", "PASSWORD": "swordfish"}.items():
        monkeypatch.setenv(f"SNOWFLAKE_{name}", value)
    message = refused(capsys, str(RANKING))
    assert "Snowflake refused" in message and "no such password: …" in message
