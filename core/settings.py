"""Settings: the environment and `.env`, read once, in `main.py`."""

from enum import StrEnum
from pathlib import Path
from typing import Self

from platformdirs import user_data_path
from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


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

    model_config = {"extra": "forbid"}

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
        env_prefix="STRIKEDESK_", env_nested_delimiter="__", extra="forbid", validate_default=True
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
