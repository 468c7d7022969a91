"""The guide: every section is there, and its pictures where they were made."""

import re

import pytest
from nicegui.testing import User

from tests.ui.finding import one, shown
from ui.pages import guide
from ui.pages.guide import FOLDER, KEYMAP, SECTIONS


@pytest.mark.parametrize("section", [s.name for s in SECTIONS])
async def test_every_section_opens_by_its_address(visitor: User, section: str) -> None:
    await visitor.open(f"/guide?section={section}")
    title = next(s.title for s in SECTIONS if s.name == section)
    await visitor.should_see(title)
    await visitor.should_not_see("produced an error")


async def test_the_section_read_last_is_remembered(visitor: User) -> None:
    await visitor.open("/guide")
    visitor.find(marker="guide-trouble").click()
    await visitor.should_see("UDAPI10005")
    await visitor.open("/guide")
    await visitor.should_see("UDAPI10005")


async def test_an_unknown_section_shows_the_first(visitor: User) -> None:
    await visitor.open("/guide?section=<script>")
    await visitor.should_see("First minute")


async def test_the_keyboard_map_is_the_one_of_the_help_dialog(visitor: User) -> None:
    await visitor.open(f"/guide?section={KEYMAP}")
    assert ["Ctrl K", "Go anywhere: pages, chains, expiries, instruments"] in shown(
        one(visitor, "key")
    ).values()


def test_every_text_belongs_to_a_section() -> None:
    texts = {file.stem for file in FOLDER.glob("*.md")}
    assert texts == {s.name for s in SECTIONS} - {KEYMAP}


def test_every_setting_the_guide_names_exists() -> None:
    from core.settings import in_force, load

    known = {line.name for line in in_force(load({}))}
    for file in guide.FOLDER.glob("*.md"):
        for name in re.findall(r"STRIKEDESK_[A-Z_]+", file.read_text("utf-8")):
            assert name in known, f"{file.name} names {name}"
