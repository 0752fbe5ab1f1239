"""The settings of the gateway as arguments of the installed driver."""

from pathlib import Path

import pytest
from snowflake.connector.connection import DEFAULT_CONFIGURATION

from registration import RegistrationError
from snowflake_login import connection_parameters, without_secrets

ACCOUNT = {"SNOWFLAKE_ACCOUNT": "myorg-myaccount", "SNOWFLAKE_USER": "me"}
PASSWORD = {**ACCOUNT, "SNOWFLAKE_PASSWORD": "swordfish"}


@pytest.fixture
def token(tmp_path: Path) -> str:
    path = tmp_path / "token"
    path.write_text("secret-token\n")
    return str(path)


def test_every_argument_is_one_that_the_driver_knows(token: str):
    for login in ({"SNOWFLAKE_PASSWORD": "p"}, {"SNOWFLAKE_PAT_FILE": token}, {"SNOWFLAKE_PRIVATE_KEY_FILE": "k"}):
        more = {"SNOWFLAKE_ROLE": "r", "SNOWFLAKE_WAREHOUSE": "w", "SNOWFLAKE_ACCOUNT_URL": "https://a.b:444"}
        parameters = connection_parameters({**ACCOUNT, **login, **more})
        assert set(parameters) - set(DEFAULT_CONFIGURATION) == set()
        assert parameters["login_timeout"] == 10
        assert parameters["session_parameters"] == {"STATEMENT_TIMEOUT_IN_SECONDS": 3600}


def test_logs_in_by_key_then_access_token_then_service_token_then_password(token: str):
    settings = {
        **PASSWORD,
        "SNOWFLAKE_TOKEN_FILE": token,
        "SNOWFLAKE_PAT_FILE": token,
        "SNOWFLAKE_PRIVATE_KEY_FILE": "key.p8",
        "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": "passphrase",
    }
    key = connection_parameters(settings)
    assert (key["authenticator"], key["private_key_file"]) == ("SNOWFLAKE_JWT", "key.p8")
    assert key["private_key_file_pwd"] == "passphrase"
    del settings["SNOWFLAKE_PRIVATE_KEY_FILE"]
    access = connection_parameters(settings)
    assert (access["authenticator"], access["token"]) == ("PROGRAMMATIC_ACCESS_TOKEN", "secret-token")
    del settings["SNOWFLAKE_PAT_FILE"]
    service = connection_parameters(settings)
    assert (service["authenticator"], service["token"]) == ("OAUTH", "secret-token")
    del settings["SNOWFLAKE_TOKEN_FILE"]
    assert connection_parameters(settings)["password"] == "swordfish"


def test_goes_where_the_settings_say():
    url = connection_parameters({**PASSWORD, "SNOWFLAKE_ACCOUNT_URL": "http://127.0.0.1:8084", "SNOWFLAKE_HOST": "other"})
    assert (url["protocol"], url["host"], url["port"]) == ("http", "127.0.0.1", 8084)
    assert connection_parameters({**PASSWORD, "SNOWFLAKE_HOST": "inside"})["host"] == "inside"
    assert "host" not in connection_parameters(PASSWORD)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"SNOWFLAKE_USER": "me", "SNOWFLAKE_PASSWORD": "p"}, "Set SNOWFLAKE_ACCOUNT"),
        ({"SNOWFLAKE_ACCOUNT": "a", "SNOWFLAKE_PASSWORD": "p"}, "Set SNOWFLAKE_USER"),
        ({"SNOWFLAKE_ACCOUNT": "a", "SNOWFLAKE_PRIVATE_KEY_FILE": "k"}, "Set SNOWFLAKE_USER"),
        (ACCOUNT, "or SNOWFLAKE_PASSWORD"),
        ({**ACCOUNT, "SNOWFLAKE_PAT_FILE": "/nowhere"}, "file of SNOWFLAKE_PAT_FILE cannot be read"),
        ({**PASSWORD, "SNOWFLAKE_ACCOUNT_URL": "myorg"}, "SNOWFLAKE_ACCOUNT_URL must look like"),
        ({**PASSWORD, "SNOWFLAKE_LOGIN_TIMEOUT_MS": "soon"}, "SNOWFLAKE_LOGIN_TIMEOUT_MS must be"),
    ],
)
def test_names_the_setting_that_is_missing_or_wrong(settings: dict, message: str):
    with pytest.raises(RegistrationError, match=message):
        connection_parameters(settings)


def test_an_empty_token_file_is_no_token(tmp_path: Path):
    (tmp_path / "token").write_text("\n")
    with pytest.raises(RegistrationError, match="is empty"):
        connection_parameters({**ACCOUNT, "SNOWFLAKE_TOKEN_FILE": str(tmp_path / "token")})


def test_takes_every_secret_out_of_a_message(token: str):
    for login in ({"SNOWFLAKE_PASSWORD": "swordfish"}, {"SNOWFLAKE_TOKEN_FILE": token}):
        parameters = connection_parameters({**ACCOUNT, **login})
        assert without_secrets("wrong: swordfish, secret-token.", parameters).count("…") == 1
