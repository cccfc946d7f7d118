"""Settings, read once from the environment and checked before the app starts."""

from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from click import ClickException
from flask import current_app
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsConfigDict

import allowances
from allowances import Limits
from setting_groups import MEGABYTE, FetchSettings, VoiceSettings

__all__ = ["MEGABYTE", "ConfigError", "Settings", "settings"]

SHORTEST_KEY = 12
ROOT = Path(__file__).resolve().parent


class ConfigError(ClickException):
    """The environment cannot produce usable settings; the text names every problem."""


class Settings(VoiceSettings, FetchSettings):
    """Everything a deployment may change; each field is an environment variable in capitals.

    Sizes are bytes and times are seconds unless the name says otherwise.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Path("var")
    """Where the embedded database, stored files and caches live."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    base_url: str = ""
    """Address people reach the site by; links in mails and feeds start with it."""
    secret_key: SecretStr | None = None
    """Signs sessions; made once into `data_dir` when unset."""

    database_url: SecretStr | None = None
    """PostgreSQL 15 or newer; unset means the embedded server."""
    database_prepare: bool = True
    """Prepared statements; switch off behind a PgBouncer older than 1.21."""
    database_statement_timeout: float = Field(default=30, ge=0, le=86_400)
    """Longest that one statement of a web request may take; 0 means for ever."""
    postgres_bin: Path | None = None

    s3_bucket: str | None = None
    """Stored files go to this bucket; unset means a folder under `data_dir`."""
    s3_endpoint_url: str | None = None
    s3_region: str | None = None
    s3_prefix: str = ""

    redis_url: SecretStr | None = None
    """Shared cache and rate limits; unset means files under `data_dir`."""
    cache_audio_bytes: int = Field(default=16 * MEGABYTE, ge=0)
    """Sounds up to this size are kept in the cache; longer ones are streamed."""

    smtp_url: SecretStr | None = None
    """smtp://user:password@host:port; unset means that links are logged."""
    mail_from: str = "Earshot <earshot@localhost>"

    registration: Literal["open", "invite", "closed"] = "open"
    plan_limits: str = ""
    """JSON with what the plans allow, where it differs from what is built in."""
    contact: str = ""
    """Whom to ask for more; unset means the first admin's address."""
    usage_retention_months: int = Field(default=25, ge=0)
    """Full months of usage metrics that are kept beside this one; 0 keeps all."""
    audit_retention_days: int = Field(default=730, ge=0)
    """How long the audit log remembers; 0 means for ever."""

    max_image_bytes: int = Field(default=20 * MEGABYTE, ge=1)
    max_audio_bytes: int = Field(default=200 * MEGABYTE, ge=1)
    max_pixels: int = Field(default=50_000_000, ge=1)
    max_files: int = Field(default=50, ge=1)
    """Files in one upload or story form."""
    max_request_bytes: int = Field(default=1024 * MEGABYTE, ge=1)

    max_archive_bytes: int = Field(default=4_000_000_000, ge=1)
    """Size of one archive that is brought in; unpacked it may have four times as much."""
    archive_days: int = Field(default=7, ge=1)
    """How long an archive that was made waits to be fetched."""

    max_spoken_characters: int = Field(default=200_000, ge=1)
    """Length of one narration's text."""
    narrations_at_once: int = Field(default=2, ge=1)
    """How many stories one worker has read at the same time."""
    narration_lease: float = Field(default=30, gt=0)
    """A worker that is silent for so long has lost its narration to another one."""
    narration_heartbeat: float = Field(default=5, gt=0)
    """How often a worker says that it is still at it."""
    narration_backoff: float = Field(default=10, ge=0)
    """Wait before a failed narration's second try; then six and thirty times as long."""

    fetch_allowed_hosts: str = ""
    """Private hosts that may be fetched all the same: host, host:port or CIDR, with commas."""
    fetch_timeout: float = Field(default=20, gt=0)
    """For a feed or a page with all its redirects; pictures may take twice as long."""
    fetch_max_bytes: int = Field(default=10 * MEGABYTE, ge=1024)
    """Size of a feed or a page, unpacked."""
    fetch_user_agent: str = "Earshot/0.1 (feed reader)"

    web_workers: int = Field(default=2, ge=1)
    web_threads: int = Field(default=16, ge=1)
    trusted_proxies: int = Field(default=0, ge=0)
    """How many proxies in front may set X-Forwarded-* headers."""
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    testing: bool = False

    @field_validator("base_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @field_validator("plan_limits")
    @classmethod
    def _limits_make_sense(cls, value: str) -> str:
        allowances.parse(value)
        return value

    @field_validator("database_url")
    @classmethod
    def _only_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        schemes = ("postgresql://", "postgres://", "postgresql+psycopg://")
        if value and not value.get_secret_value().startswith(schemes):
            raise ValueError("must start with postgresql://")
        return _with_port(value)

    @field_validator("redis_url")
    @classmethod
    def _only_redis(cls, value: SecretStr | None) -> SecretStr | None:
        schemes = ("redis://", "rediss://", "unix://")
        if value and not value.get_secret_value().startswith(schemes):
            raise ValueError("must start with redis://")
        return _with_port(value)

    @field_validator("smtp_url")
    @classmethod
    def _only_smtp(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("smtp://", "smtps://")):
            raise ValueError("must start with smtp:// or smtps://")
        return _with_port(value)

    @field_validator("s3_endpoint_url")
    @classmethod
    def _only_web(cls, value: str | None) -> str | None:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value

    @field_validator("fetch_allowed_hosts")
    @classmethod
    def _only_hosts(cls, value: str) -> str:
        # Imported here: the settings stand below the services.
        from services.fetching.addresses import Allowed

        Allowed.parse(value)
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value and len(value.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(f"must have at least {SHORTEST_KEY} characters")
        return value

    @classmethod
    def from_environment(cls) -> Self:
        """Read the settings.

        Raises:
            ConfigError: names every variable that is malformed, so that one failed start
                shows the whole list.
        """
        try:
            return cls()
        except ValidationError as error:
            raise ConfigError("; ".join(map(_told, error.errors()))) from None

    @cached_property
    def public_url(self) -> str:
        """Return the address of the site, without a slash at the end."""
        everywhere = {"0.0.0.0", "::"}  # noqa: S104  (compared, not bound)
        host = "127.0.0.1" if self.host in everywhere else self.host
        if self.base_url:
            return self.base_url
        if "port" not in self.model_fields_set and (running := _running_site(self.folder)):
            return running
        return f"http://{host}:{self.port}"

    @cached_property
    def folder(self) -> Path:
        """Return `data_dir` as an absolute path."""
        return (ROOT / self.data_dir).resolve()

    @cached_property
    def limits_of_plans(self) -> dict[str, Limits]:
        """Return what each plan allows."""
        return allowances.parse(self.plan_limits)

    @cached_property
    def sqlalchemy_url(self) -> str | None:
        """Return the database address in SQLAlchemy's spelling, or None when embedded."""
        if self.database_url is None:
            return None
        _, _, rest = self.database_url.get_secret_value().partition("://")
        return f"postgresql+psycopg://{rest}"

    def for_flask(self) -> dict[str, Any]:
        """Return what Flask and its extensions look for in `app.config`."""
        return {
            "SETTINGS": self,
            "TESTING": self.testing,
            "MAX_CONTENT_LENGTH": self.max_request_bytes,
            "MAX_FORM_MEMORY_SIZE": 4 * MEGABYTE,
            "MAX_FORM_PARTS": 2000,
            "SESSION_COOKIE_NAME": "earshot",
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_SECURE": self.public_url.startswith("https://"),
            "REMEMBER_COOKIE_HTTPONLY": True,
            "REMEMBER_COOKIE_SAMESITE": "Lax",
            "REMEMBER_COOKIE_SECURE": self.public_url.startswith("https://"),
            "PERMANENT_SESSION_LIFETIME": 30 * 24 * 3600,
            "WTF_CSRF_TIME_LIMIT": None,
            # Reset pages and careful browsers send no Referer; the token and SameSite guard.
            "WTF_CSRF_SSL_STRICT": False,
            "RATELIMIT_STORAGE_URI": (
                self.redis_url.get_secret_value() if self.redis_url else "memory://"
            ),
            "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
            "RATELIMIT_ENABLED": not self.testing,
            "SQLALCHEMY_ENGINE_OPTIONS": {
                "pool_size": self.web_threads,
                "max_overflow": 0,
                "pool_timeout": 10,
                "pool_pre_ping": True,
                # Errors end up in the log; what people wrote and their hashes do not.
                "hide_parameters": True,
                "connect_args": {
                    "connect_timeout": 5,
                    "prepare_threshold": 5 if self.database_prepare else None,
                },
            },
        }


def _running_site(folder: Path) -> str | None:
    """Return the address of the site that runs on `folder`, so that printed links reach it."""
    try:
        return (folder / "address").read_text().strip() or None
    except OSError:
        return None


def _with_port(address: SecretStr | None) -> SecretStr | None:
    """Refuse an address whose port is no number."""
    try:
        if address:
            _ = urlsplit(address.get_secret_value()).port
    except ValueError:
        raise ValueError("has a port that is no number from 1 to 65535") from None
    return address


def _told(problem: ErrorDetails) -> str:
    """Say what is wrong with a variable; what may hold a password is not repeated."""
    name = str(problem["loc"][0])
    words = f"{name.upper()}: {problem['msg'].removeprefix('Value error, ')}"
    secret = "SecretStr" in str(Settings.model_fields[name].annotation)
    return words if secret else f"{words}, not {problem['input']!r}"


def settings() -> Settings:
    """Return the settings of the current app."""
    value: Settings = current_app.config["SETTINGS"]
    return value
