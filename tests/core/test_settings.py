from pathlib import Path

import pytest

from core.errors import SettingsProblem
from core.settings import Mode, Settings, in_force, load, names


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch):
    import os

    for name in list(os.environ):
        if name.upper().startswith("STRIKEDESK_"):
            monkeypatch.delenv(name)


def problem(monkeypatch: pytest.MonkeyPatch, **environ: str) -> str:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsProblem) as caught:
        load(environ)
    return str(caught.value)


def test_without_anything_set_the_market_is_simulated_and_nothing_is_open_to_others():
    settings = load({})
    assert settings.chosen_mode is Mode.SIMULATED
    assert (settings.host, settings.port, settings.live_orders) == ("127.0.0.1", 8080, False)


def test_with_credentials_the_default_is_paper(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STRIKEDESK_UPSTOX__API_KEY", "k")
    monkeypatch.setenv("STRIKEDESK_UPSTOX__API_SECRET", "s")
    assert load({}).chosen_mode is Mode.PAPER
    monkeypatch.setenv("STRIKEDESK_MODE", "readonly")
    assert load({}).chosen_mode is Mode.READONLY


def test_a_file_is_read_and_the_command_line_goes_first(tmp_path: Path):
    file = tmp_path / ".env"
    file.write_text("STRIKEDESK_PORT=9000\nSTRIKEDESK_HOST=127.0.0.2\nOTHER_APP=1\n")
    settings = load({}, file, {"port": 9100})
    assert (settings.port, settings.host) == (9100, "127.0.0.2")


def test_a_misspelt_name_is_told_with_the_right_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    told = problem(monkeypatch, STRIKEDESK_PROT="9000")
    assert told == "STRIKEDESK_PROT: no such setting. Did you mean STRIKEDESK_PORT?"
    file = tmp_path / ".env"
    file.write_text("STRIKEDESK_UPSTOX__SECRETS=x\nSTRIKEDESK_ZZZZZZZZZZZ=1\n")
    with pytest.raises(SettingsProblem) as caught:
        load({}, file)
    assert "Did you mean STRIKEDESK_UPSTOX__API_SECRET?" in str(caught.value)
    assert "See .env.example" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("STRIKEDESK_PORT", "99999", "STRIKEDESK_PORT=99999"),
        ("STRIKEDESK_PORT", "abc", "a free port"),
        ("STRIKEDESK_MODE", "fast", "one of simulated, paper"),
        ("STRIKEDESK_RATE", "6.5", "as a fraction"),
        ("STRIKEDESK_DATABASE_URL", "mysql://x/y", "must start with sqlite:///"),
        ("STRIKEDESK_UPSTOX__BASE_URL", "ftp://x", "must start with https://"),
        ("STRIKEDESK_UPSTOX__FEED_URL", "https://x", "must start with wss://"),
        ("STRIKEDESK_LIVE_ORDERS", "perhaps", "true or false"),
    ],
)
def test_a_wrong_value_is_told_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
):
    told = problem(monkeypatch, **{name: value})
    assert name in told
    assert said in told


def test_all_that_is_wrong_is_told_at_once(monkeypatch: pytest.MonkeyPatch):
    told = problem(monkeypatch, STRIKEDESK_PORT="0", STRIKEDESK_RATE="-1", STRIKEDESK_X="1")
    assert len(told.splitlines()) == 3


def test_what_cannot_be_read_as_a_group_is_told(monkeypatch: pytest.MonkeyPatch):
    assert "upstox" in problem(monkeypatch, STRIKEDESK_UPSTOX="not json").lower()


def test_a_password_inside_an_address_is_not_repeated(monkeypatch: pytest.MonkeyPatch):
    told = problem(monkeypatch, STRIKEDESK_DATABASE_URL="postgresql://desk:hunter2@db/x")
    assert "hunter2" not in told
    assert "postgresql+psycopg://" in told


def test_live_orders_need_an_explicit_yes(monkeypatch: pytest.MonkeyPatch):
    assert "STRIKEDESK_LIVE_ORDERS=true" in problem(monkeypatch, STRIKEDESK_MODE="live")
    monkeypatch.setenv("STRIKEDESK_LIVE_ORDERS", "true")
    assert load({}).chosen_mode is Mode.LIVE


def test_addresses_lose_their_last_slash(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STRIKEDESK_UPSTOX__BASE_URL", "http://127.0.0.1:9010/")
    assert load({}).upstox.base_url == "http://127.0.0.1:9010"


def test_every_setting_has_an_outward_name():
    assert "STRIKEDESK_HOME" in names()
    assert "STRIKEDESK_UPSTOX__ANALYTICS_TOKEN" in names()
    assert "STRIKEDESK_UPSTOX" not in names()


KEYS = {"STRIKEDESK_UPSTOX__API_KEY": "key", "STRIKEDESK_UPSTOX__API_SECRET": "secret"}


@pytest.mark.parametrize(
    ("words", "mode", "apart"),
    [
        ({}, None, True),
        (KEYS, None, False),
        (KEYS, "simulated", True),
        ({}, "replay", True),
        (KEYS, "replay", False),
    ],
)
def test_a_made_up_market_is_kept_apart_from_the_real_one(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: dict[str, str],
    mode: str | None,
    apart: bool,
):
    for name, value in words.items():
        monkeypatch.setenv(name, value)
    chosen: dict[str, object] = {"home": tmp_path}
    settings = load(words, None, chosen | ({"mode": mode} if mode else {}))
    home = tmp_path.resolve()
    assert settings.market_home == (home / "simulated" if apart else home)
    assert settings.chosen_database_url.endswith("/simulated/strikedesk.db") == apart


def test_the_database_is_a_file_in_home_unless_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = tmp_path.resolve().as_posix()
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    paper = load(KEYS, None, {"home": tmp_path})
    assert paper.chosen_database_url == f"sqlite:///{home}/strikedesk.db"
    monkeypatch.setenv("STRIKEDESK_DATABASE_URL", "sqlite:///other.db")
    assert load({}).chosen_database_url == "sqlite:///other.db"


def test_every_setting_says_what_it_may_be() -> None:
    lines = in_force(Settings())
    assert len(lines) == len(names())
    assert [line.name for line in lines if not line.remedy] == []
