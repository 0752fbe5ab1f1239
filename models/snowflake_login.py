"""A session with Snowflake from the settings that the gateway reads: the same names, in the same order of preference."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from registration import RegistrationError

# Building an image takes up to ten minutes, on machines that have to start first.
STATEMENT_SECONDS_MAX = 3600
SECRETS = ["password", "token", "private_key_file_pwd"]


def open_session(parameters: dict):
    """Raises what the driver raises; `without_secrets` makes its message fit to be shown."""
    from snowflake.snowpark import Session

    return Session.builder.configs(parameters).create()


def connection_parameters(settings: Mapping[str, str] = os.environ) -> dict:
    """The arguments of the driver's `connect`. Raises RegistrationError that names the setting that is missing."""
    account = {"account": required(settings, "SNOWFLAKE_ACCOUNT"), **address_of(settings)}
    optional = {name: settings.get(f"SNOWFLAKE_{name.upper()}") for name in ("user", "role", "warehouse")}
    return {
        **account,
        **{name: value for name, value in optional.items() if value},
        **credentials_of(settings),
        "application": "Snowgate",
        "login_timeout": login_seconds_of(settings),
        "session_parameters": {"STATEMENT_TIMEOUT_IN_SECONDS": STATEMENT_SECONDS_MAX},
    }


def without_secrets(text: str, parameters: dict) -> str:
    """A message with every secret of the parameters left out."""
    for name in SECRETS:
        if parameters.get(name):
            text = text.replace(parameters[name], "…")
    return text


def login_seconds_of(settings: Mapping[str, str]) -> int:
    text = settings.get("SNOWFLAKE_LOGIN_TIMEOUT_MS") or "10000"
    if not text.isdecimal():
        raise RegistrationError("SNOWFLAKE_LOGIN_TIMEOUT_MS must be a whole number of milliseconds.")
    return max(1, int(text) // 1000)


def address_of(settings: Mapping[str, str]) -> dict:
    host, url = settings.get("SNOWFLAKE_HOST"), settings.get("SNOWFLAKE_ACCOUNT_URL")
    if not url:
        return {"host": host} if host else {}
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RegistrationError("SNOWFLAKE_ACCOUNT_URL must look like https://myorg-myaccount.snowflakecomputing.com.")
    port = {"port": parts.port} if parts.port else {}
    return {"host": parts.hostname, "protocol": parts.scheme, **port}


def credentials_of(settings: Mapping[str, str]) -> dict:
    if settings.get("SNOWFLAKE_PRIVATE_KEY_FILE"):
        required(settings, "SNOWFLAKE_USER")
        key = {"authenticator": "SNOWFLAKE_JWT", "private_key_file": settings["SNOWFLAKE_PRIVATE_KEY_FILE"]}
        return {**key, **passphrase_of(settings)}
    if settings.get("SNOWFLAKE_PAT_FILE"):
        return {"authenticator": "PROGRAMMATIC_ACCESS_TOKEN", "token": content_of(settings, "SNOWFLAKE_PAT_FILE")}
    if settings.get("SNOWFLAKE_TOKEN_FILE"):
        return {"authenticator": "OAUTH", "token": content_of(settings, "SNOWFLAKE_TOKEN_FILE")}
    if settings.get("SNOWFLAKE_PASSWORD"):
        required(settings, "SNOWFLAKE_USER")
        return {"password": settings["SNOWFLAKE_PASSWORD"]}
    raise RegistrationError(
        "Set SNOWFLAKE_PRIVATE_KEY_FILE, SNOWFLAKE_PAT_FILE, SNOWFLAKE_TOKEN_FILE or SNOWFLAKE_PASSWORD: "
        "register.py needs to log in."
    )


def passphrase_of(settings: Mapping[str, str]) -> dict:
    if settings.get("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE_FILE"):
        return {"private_key_file_pwd": content_of(settings, "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE_FILE")}
    passphrase = settings.get("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE")
    return {"private_key_file_pwd": passphrase} if passphrase else {}


def content_of(settings: Mapping[str, str], name: str) -> str:
    try:
        content = Path(settings[name]).read_text().strip()
    except OSError as error:
        raise RegistrationError(f"The file of {name} cannot be read: {error.strerror}.") from None
    if not content:
        raise RegistrationError(f"The file of {name} is empty.")
    return content


def required(settings: Mapping[str, str], name: str) -> str:
    if not settings.get(name):
        raise RegistrationError(f"Set {name}: register.py needs it.")
    return settings[name]
