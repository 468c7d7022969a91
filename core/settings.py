"""Settings: the environment and `.env`, read once, in `main.py`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

from dotenv import dotenv_values
from platformdirs import user_data_path
from pydantic import (
    BaseModel,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as PydanticSettingsError

from core.errors import SettingsProblem

PREFIX: Final = "STRIKEDESK_"
HIDDEN: Final = "set, hidden"
SECRET_NAMES: Final = re.compile("secret|token|password|api_key", re.IGNORECASE)


class Mode(StrEnum):
    SIMULATED = "simulated"
    PAPER = "paper"
    LIVE = "live"
    REPLAY = "replay"
    READONLY = "readonly"


class Upstox(BaseModel):
    """Where the broker is and who we are to it.

    The addresses may name any server that speaks its protocol.
    """

    api_key: str = ""
    api_secret: SecretStr = SecretStr("")
    redirect_uri: str = "http://127.0.0.1:8080/login/callback"
    analytics_token: SecretStr = SecretStr("")
    base_url: str = "https://api.upstox.com"
    order_url: str = "https://api-hft.upstox.com"
    feed_url: str = "wss://api.upstox.com/v3/feed/market-data-feed"
    assets_url: str = "https://assets.upstox.com"

    @field_validator("base_url", "order_url", "assets_url", "redirect_uri")
    @classmethod
    def _http(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with https:// (or http:// for this machine)")
        return value.rstrip("/")

    @field_validator("feed_url")
    @classmethod
    def _socket(cls, value: str) -> str:
        if not value.startswith(("ws://", "wss://")):
            raise ValueError("must start with wss:// (or ws:// for this machine)")
        return value

    @property
    def has_credentials(self) -> bool:
        return bool(self.api_key and self.api_secret.get_secret_value())


class Settings(BaseSettings):
    """Every `STRIKEDESK_…` setting; unknown names and wrong values stop the start."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="ignore", validate_default=True
    )

    mode: Mode | None = None
    home: Path = Field(default_factory=lambda: user_data_path("strikedesk", appauthor=False))
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    password: SecretStr = SecretStr("")
    live_orders: bool = False
    rate: float = Field(default=0.065, ge=0, le=0.5)
    upstox: Upstox = Upstox()

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must start with sqlite:/// or postgresql+psycopg://")
        return value

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.mode is Mode.LIVE and not self.live_orders:
            raise ValueError(
                "mode live sends real orders: set STRIKEDESK_LIVE_ORDERS=true to allow it"
            )
        return self

    @property
    def chosen_mode(self) -> Mode:
        """The mode asked for, else `paper` with credentials and `simulated` without."""
        return self.mode or (Mode.PAPER if self.upstox.has_credentials else Mode.SIMULATED)

    @property
    def made_up(self) -> bool:
        """Whether the market is the built-in exchange's; a replay is of what this home has."""
        without = self.chosen_mode is Mode.REPLAY and not self.upstox.has_credentials
        return without or self.chosen_mode is Mode.SIMULATED

    @property
    def market_home(self) -> Path:
        """Where what a market tells is kept: a made-up one's never lies among the real one's."""
        home = self.home.expanduser().resolve()
        return home / SIMULATED if self.made_up else home

    @property
    def chosen_database_url(self) -> str:
        """The database asked for, else SQLite where the market's data is kept."""
        file = self.market_home / "strikedesk.db"
        return self.database_url or f"sqlite:///{file.as_posix()}"


SIMULATED: Final = "simulated"
"""The folder in home that keeps a made-up market apart."""

REMEDIES: Final = {
    "mode": "one of simulated, paper, live, replay, readonly; leave it out to let the desk choose",
    "home": "a folder that you may write to",
    "database_url": "leave it out for SQLite in home, or postgresql+psycopg://user:password@host/name",
    "host": "127.0.0.1, unless others shall reach this desk (then set STRIKEDESK_PASSWORD too)",
    "port": "a free port from 1024 to 65535, for example 8080",
    "rate": "the yearly rate as a fraction, for example 0.065",
    "live_orders": "true or false",
    "password": "any text of 8 characters or more",
    "api_key": "the API key of your app at Upstox (account.upstox.com, Developer Apps)",
    "api_secret": "the API secret of the same app",
    "redirect_uri": "this desk's address with /login/callback, as your app at Upstox names it",
    "analytics_token": "a read-only token from your Upstox account, for mode readonly",
    "base_url": "leave it out for Upstox, or the https:// address of a server that speaks its"
    " protocol",
    "order_url": "leave it out for Upstox, or the https:// address that takes orders",
    "feed_url": "leave it out for Upstox, or the wss:// address of the market feed",
    "assets_url": "leave it out for Upstox, or the https:// address of the instrument files",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingLine:
    """A setting as the settings page shows it; a secret shows only whether it is set."""

    name: str
    value: str
    chosen: bool  # False = the default
    remedy: str


def in_force(settings: Settings) -> tuple[SettingLine, ...]:
    """What the desk runs with, without its secrets; an address hides its password."""
    return (*_lines(settings, PREFIX), *_lines(settings.upstox, f"{PREFIX}UPSTOX__"))


def _lines(group: BaseModel, prefix: str) -> list[SettingLine]:
    return [
        SettingLine(
            name=f"{prefix}{name.upper()}",
            value=_shown(name, getattr(group, name)),
            chosen=name in group.model_fields_set,
            remedy=REMEDIES.get(name, ""),
        )
        for name in type(group).model_fields
        if name != "upstox"
    ]


def _shown(name: str, value: object) -> str:
    if isinstance(value, SecretStr):
        return HIDDEN if value.get_secret_value() else "not set"
    if name == "api_key" and value:
        return HIDDEN
    if name == "database_url" and value:
        return re.sub(r"(://[^:/@]+:|password=)[^@&]+", r"\1•••", str(value))
    return "not set" if value in (None, "") else str(value)


def load(
    environ: Mapping[str, str],
    env_file: Path | None = None,
    given: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings in force; `given` on the command line goes before the environment.

    Raises SettingsProblem that names each wrong one and its remedy.
    """
    in_file = dotenv_values(env_file) if env_file and env_file.is_file() else {}
    ours = [n for n in (*in_file, *environ) if n.upper().startswith(PREFIX)]
    problems = [f"{name}: no such setting. {_nearest(name)}" for name in ours if not _known(name)]
    try:
        settings = Settings(_env_file=env_file, **dict(given or {}))
    except ValidationError as error:
        problems += [_explained(detail) for detail in error.errors()]
    except PydanticSettingsError as error:
        problems.append(str(error))
    if problems:
        raise SettingsProblem("\n".join(dict.fromkeys(problems)))
    return settings


def names() -> list[str]:
    """Every setting by its outward name, for example STRIKEDESK_UPSTOX__API_KEY."""
    plain = [n for n in Settings.model_fields if n != "upstox"]
    return [
        *(PREFIX + n.upper() for n in plain),
        *(f"{PREFIX}UPSTOX__{n.upper()}" for n in Upstox.model_fields),
    ]


def _known(name: str) -> bool:
    return name.upper() in names()


def _nearest(name: str) -> str:
    near = get_close_matches(name.upper(), names(), n=1)
    return f"Did you mean {near[0]}?" if near else "See .env.example for those that there are."


def _explained(detail: ErrorDetails) -> str:
    """One wrong value in words; never the value of a secret."""
    path = [str(part) for part in detail["loc"]]
    reason = detail["msg"].removeprefix("Value error, ")
    if not path:
        return reason
    name = PREFIX + "__".join(path).upper()
    remedy = REMEDIES.get(path[-1], "")
    given = "" if SECRET_NAMES.search(name) else f"={_shown(path[-1], detail['input']):.60}"
    return f"{name}{given}: {reason}." + (f" Use {remedy}." if remedy else "")
