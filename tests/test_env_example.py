"""The example of an environment file: complete, and safe to copy as it is."""

import re
from pathlib import Path

from core.settings import Mode, load, names

EXAMPLE = Path(__file__).resolve().parents[1] / ".env.example"


def written() -> list[str]:
    text = EXAMPLE.read_text(encoding="utf-8")
    return re.findall(r"^(?:# )?(STRIKEDESK_[A-Z_]+)=", text, re.MULTILINE)


def test_the_example_lists_every_setting_once() -> None:
    assert sorted(written()) == sorted(names())


def test_a_desk_with_the_example_as_its_file_starts_in_the_simulated_mode() -> None:
    settings = load({}, EXAMPLE)
    assert settings.chosen_mode is Mode.SIMULATED
    assert settings.host == "127.0.0.1"
    assert not settings.live_orders


def test_the_example_holds_no_secret() -> None:
    settings = load({}, EXAMPLE)
    assert not settings.upstox.has_credentials
    assert not settings.password.get_secret_value()
    assert not settings.upstox.analytics_token.get_secret_value()
