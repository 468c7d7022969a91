"""Settings: what is chosen takes effect, and what is secret stays hidden."""

from dataclasses import replace

import pytest
from nicegui import ui
from nicegui.testing import User

from core.ids import LOCAL_USER
from core.settings import in_force, load
from core.state.notices import Level
from tests.fake_desk import FakeDesk
from tests.ui.finding import one, shown, value
from tests.ui.waiting import until
from ui.components.notices import comes_up
from ui.shell import build


async def test_a_choice_is_kept_and_takes_effect(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/settings")
    assert one(visitor, "density").value == "compact"
    one(visitor, "density").set_value("roomy")
    await until(lambda: preferences(desk).get("density") == "roomy")
    await visitor.open("/settings")
    assert one(visitor, "density").value == "roomy"
    assert any("density-roomy" in e.classes for e in visitor.find(kind=ui.element).elements)


async def test_the_default_underlying_is_where_the_menu_leads(
    visitor: User, desk: FakeDesk
) -> None:
    await desk.services.preferences.set(LOCAL_USER, "underlying", "M&M")
    await visitor.open("/settings")
    links = [e.props.get("href") for e in visitor.find(kind=ui.element).elements]
    assert "/chain/M%26M" in links


async def test_everything_chosen_is_forgotten_after_a_question(
    visitor: User, desk: FakeDesk
) -> None:
    await desk.services.preferences.set(LOCAL_USER, "theme", "light")
    await visitor.open("/settings")
    visitor.find(marker="forget").click()
    await visitor.should_see("Forget all choices?")
    visitor.find(marker="forget-no").click()
    await visitor.should_not_see("Forget all choices?", retries=20)
    assert preferences(desk)["theme"] == "light"
    visitor.find(marker="forget").click()
    await visitor.should_see(marker="forget-yes")
    visitor.find(marker="forget-yes").click()
    await until(lambda: preferences(desk)["theme"] is None)
    await visitor.open("/settings")
    assert one(visitor, "theme").value == "dark"


async def test_environment_settings_are_shown_without_secrets(user: User, desk: FakeDesk) -> None:
    given = {"port": 9999, "upstox": {"api_key": "KEY-1", "api_secret": "SECRET-1"}}
    build(replace(desk.services, environment=in_force(load({}, None, given))))
    await user.open("/settings")
    table = shown(one(user, "environment"))
    assert table["STRIKEDESK_PORT"][1:3] == ["9999", "chosen"]
    assert table["STRIKEDESK_UPSTOX__API_SECRET"][1] == "set, hidden"
    assert "SECRET-1" not in str(table)
    assert "KEY-1" not in str(table)


async def test_a_desk_behind_a_password_can_be_locked(user: User, desk: FakeDesk) -> None:
    build(replace(desk.services, environment=in_force(load({}, None, {"password": "a" * 9}))))
    await user.open("/settings")
    await user.should_see(marker="lock")


async def test_a_desk_without_a_password_has_no_lock(user: User, desk: FakeDesk) -> None:
    build(replace(desk.services, environment=in_force(load({}))))
    await user.open("/settings")
    await user.should_not_see(marker="lock")


async def test_version_and_licences_are_told(visitor: User) -> None:
    await visitor.open("/settings")
    assert value(one(visitor, "about"), "version") == "0.0.0-test"
    await until(lambda: bool(one(visitor, "licence").rows))
    licences = shown(one(visitor, "licence"))
    assert licences["nicegui"][2].startswith("MIT")
    assert licences["Inter"][2] == "OFL 1.1"


@pytest.mark.parametrize(
    ("level", "least", "shown"),
    [
        (Level.INFO, "info", True),
        (Level.GOOD, "warning", False),
        (Level.PROBLEM, "warning", True),
        (Level.PROBLEM, "none", False),
    ],
)
def test_notices_come_up_from_the_level_chosen(level: Level, least: str, shown: bool) -> None:
    assert comes_up(level, least) is shown


def preferences(desk: FakeDesk) -> dict[str, object]:
    known: dict[str, object] = desk.services.preferences.values.get(LOCAL_USER, {})  # type: ignore[attr-defined]
    return known
