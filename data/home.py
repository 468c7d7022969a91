"""What a start stands on: a mode that can be had, and a home that can be written."""

import tempfile
from pathlib import Path

from core.errors import SettingsProblem
from core.settings import Mode, Settings
from data.listening import is_loopback


def mode_in_force(settings: Settings) -> Mode:
    """The mode in force; raises SettingsProblem for one that cannot be had."""
    mode = settings.chosen_mode
    if mode in (Mode.PAPER, Mode.LIVE) and not settings.upstox.has_credentials:
        raise SettingsProblem(
            f"Mode {mode} takes its prices from Upstox: set STRIKEDESK_UPSTOX__API_KEY and"
            " STRIKEDESK_UPSTOX__API_SECRET, or use --mode simulated."
        )
    if mode is Mode.READONLY and not settings.upstox.analytics_token.get_secret_value():
        raise SettingsProblem(
            "Mode readonly needs an analytics token: set STRIKEDESK_UPSTOX__ANALYTICS_TOKEN."
        )
    if not is_loopback(settings.host) and not settings.password.get_secret_value():
        raise SettingsProblem(
            f"Others could reach the desk on {settings.host}: set STRIKEDESK_PASSWORD, or listen"
            " on 127.0.0.1."
        )
    return mode


def made_home(settings: Settings) -> Path:
    """The folder, made where it is missing; raises SettingsProblem for one that cannot be used."""
    home = settings.home.expanduser().resolve()
    try:
        settings.market_home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as problem:
        raise SettingsProblem(
            f"STRIKEDESK_HOME={home}: this folder cannot be written ({problem.strerror})."
            " Choose another with --home."
        ) from problem
    return home
