"""Configuration: the environment first, then `config.toml` in the home folder.

Every setting has the prefix `CROSSDOCK_`; the names are a contract (docs/settings.md lists them).
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from core.errors import ConfigurationError
from core.home import home_folder
from core.redaction import redact


class Settings(BaseSettings):
    """What the process was told; immutable."""

    model_config = SettingsConfigDict(env_prefix="CROSSDOCK_", env_ignore_empty=True, extra="forbid", frozen=True)

    home: Path = Field(default_factory=home_folder)
    database_url: str = ""
    queue_url: str = ""
    key: SecretStr | None = None
    key_file: Path | None = None
    spapi_url: str = ""
    lwa_url: str = ""
    aws_url: str = ""
    seller_central_url: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"
    operator: str = ""
    token: SecretStr | None = None
    test_clock: str = ""

    # Not part of the contract: limits that an operator of a slow store may have to stretch.
    store_timeout: float = Field(default=60.0, gt=0, le=600)
    """Seconds of real time to wait for a store's answer to a write or a small read."""
    settle_seconds: float = Field(default=120.0, ge=0, le=3600)
    """Seconds to wait before an order whose creation got no answer may be created again."""

    log_file: Path | None = None
    """The worker's log, in place of standard error; in the folder `logs` of the home unless the path is absolute."""
    log_megabytes: int = Field(default=10, ge=1, le=10_000)
    """From which size on a log file is rotated."""
    log_count: int = Field(default=5, ge=1, le=100)
    """How many rotated ones are kept of each."""

    # Who is told of what needs a person, and how; not part of the contract either.
    alert_command: str = ""
    """Run with the words on its standard input."""
    alert_email: str = ""
    """Addresses, separated by commas."""
    alert_from: str = ""
    alert_smtp: SecretStr | None = None
    """smtp://HOST:PORT, or smtps://USER:PASSWORD@HOST."""
    alert_codes: str = ""
    """Kinds of problems, separated by commas; empty: all that need a person."""
    alert_minutes: int = Field(default=15, ge=1, le=1440)
    """Between two messages."""

    @field_validator("alert_smtp")
    @classmethod
    def _mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and urlsplit(value.get_secret_value()).scheme not in ("smtp", "smtps"):
            raise ValueError("write smtp://HOST:PORT or smtps://USER:PASSWORD@HOST")
        return value

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("spapi_url", "lwa_url", "aws_url", "seller_central_url")
    @classmethod
    def _base_url(cls, value: str) -> str:
        return check_base_url(value) if value else ""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = TomlConfigSettingsSource(settings_cls, toml_file=home_folder() / "config.toml")
        return init_settings, env_settings, toml

    @property
    def worker_log(self) -> Path | None:
        """The file that the worker logs to; None: standard error."""
        return self.home / "logs" / self.log_file.expanduser() if self.log_file else None

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the application database."""
        return self.database_url or sqlite_url(self.home / "crossdock.db")

    @property
    def queue(self) -> str:
        """URL of the job queue."""
        return self.queue_url or sqlite_url(self.home / "queue.db")

    @property
    def key_path(self) -> Path:
        """Where the key ring lives when the environment holds no key."""
        if self.key_file:
            return self.key_file
        credentials = os.environ.get("CREDENTIALS_DIRECTORY")
        if credentials and (Path(credentials) / "crossdock.key").exists():
            return Path(credentials) / "crossdock.key"
        return self.home / "key"


def load() -> Settings:
    """Read the configuration; raises ConfigurationError that names the variable and what is wrong with it."""
    _check_home(home_folder())
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _fault(str(first["loc"][0]), first["type"], first["msg"].removeprefix("Value error, ")) from None
    except (ValueError, OSError) as error:  # config.toml is not TOML, or not to be read
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigurationError(
            f"{home_folder() / 'config.toml'} cannot be read: {reason}.", next_step="Correct or remove it."
        ) from None


def _check_home(folder: Path) -> None:
    """Raise ConfigurationError for a name that no folder can have; one that is not there yet is made later."""
    try:
        str(folder).encode()
        folder.stat()
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigurationError(
            f"The home folder cannot be used: {reason}.", next_step="Correct CROSSDOCK_HOME."
        ) from None


def _fault(key: str, kind: str, message: str) -> ConfigurationError:
    """What is wrong with a setting, named as it was given: a variable, or a line of the file."""
    variable, file = f"CROSSDOCK_{key.upper()}", home_folder() / "config.toml"
    if kind == "extra_forbidden":
        known = ", ".join(name for name in Settings.model_fields if name != "home")
        return ConfigurationError(f"{file}: there is no setting {key!r}.", next_step=f"Settings: {known}.")
    if os.environ.get(variable):
        return ConfigurationError(f"{variable}: {message}.", next_step="Correct the variable.")
    return ConfigurationError(f"{file}: {key}: {message}.", next_step="Correct that line.")


def sqlite_url(file: Path) -> str:
    """The address of an SQLite file, whatever characters its name holds."""
    return f"sqlite:///{quote(str(file))}"


def is_loopback(url: str) -> bool:
    """Whether `url` names this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def has_odd_characters(url: str) -> bool:
    """Whether an address holds white space or control characters: `urlsplit` drops some of them in silence."""
    return not url.isprintable() or any(map(str.isspace, url))


def check_base_url(url: str) -> str:
    """The base URL without a trailing slash; raises ValueError unless it is https, or http on loopback."""
    if has_odd_characters(url):
        raise ValueError("the address must not hold spaces, line breaks or control characters")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{redact(url)!r} is not a web address")
    if parts.username or parts.password:
        raise ValueError("the address must not hold a user name or password")
    if parts.query or parts.fragment:
        raise ValueError("the address must not hold a query")
    if parts.scheme == "http" and not is_loopback(url):
        raise ValueError("plain http is accepted for this machine only (127.0.0.1); use https")
    return url.rstrip("/")
