"""The append-only journal: what was wanted, sent, answered and decided, and whether its chain is
unbroken."""

from datetime import datetime, time, timedelta
from typing import Final

from nicegui import background_tasks, ui

from core.clock import IST
from core.errors import AppError
from core.trading.journal import Kind, Sealed
from ui.addresses import day_of
from ui.components.data_table import DataTable
from ui.components.fields import button, choice_field, text_field
from ui.journal.lines import ENTRIES, KINDS, entry_row, facts_words
from ui.journal.source import JournalSource
from ui.theme import formats

AT_ONCE: Final = 200


class AuditView:
    """`draw` looks for new entries; a picked one tells the whole story that it belongs to."""

    def __init__(self, source: JournalSource) -> None:
        self._source = source
        self._found: list[Sealed] = []
        self._searches = 0
        with ui.element("div").classes("journal-line"):
            self._chain = ui.label("The chain is being checked …").classes("journal-chain dim")
            self._chain.props('data-testid="chain-state"')
            tip = "Compute every seal again"
            button("Check again", "chain-check", self.check, icon="verified_user", tip=tip)
            ui.element("div").classes("spring")
            self._text = text_field(
                "Find", "audit-find", hint="words, order, contract …", wait_ms=250,
                on_change=lambda _: self.search(),
            ).props('clearable maxlength="80"')  # fmt: skip
            self._kind = choice_field(
                "Kind", "audit-kind", KINDS, value="", on_change=lambda _: self.search()
            )
            self._day = text_field(
                "Day", "audit-day", hint="2026-11-21", wait_ms=250,
                on_change=lambda _: self.search(),
            ).props('clearable maxlength="10"')  # fmt: skip
        with ui.element("div").classes("journal-pair"):
            with ui.element("div").classes("journal-entries"):
                self.table = DataTable("entry", ENTRIES, empty="", on_pick=self.picked)
                self._older = button("Older entries", "audit-older", self.older)
            with ui.element("div").classes("journal-bars"):
                self._of = ui.label("One order's whole story").classes("journal-head")
                self._of.props('data-testid="story-of"')
                self._story = ui.element("div").classes("journal-story")
                with self._story:
                    ui.label("Pick an entry to read everything that belongs to it.").classes("dim")
        background_tasks.create(self.check(), name="check of the journal's chain")

    async def check(self) -> None:
        """Every seal anew, off the loop."""
        journal = self._source.trading.journal
        try:
            broken, count = await journal.first_break(), await journal.count()
        except AppError as problem:
            broken, count = f"the journal cannot be read: {problem}", 0
        if self._chain.is_deleted:
            return
        at = formats.clock_time(self._source.services.clock.now())
        number = formats.quantity(count)
        words = "entry" if count == 1 else "entries"
        good = f"Chain unbroken, {number} {words} · checked {at} IST"
        self._chain.set_text(f"CHAIN BROKEN: {broken}" if broken else good)
        self._chain.classes(remove="dim up down", add="down strong" if broken else "up")

    def draw(self) -> None:
        background_tasks.create(self.search(), name="search of the journal")

    async def search(self) -> None:
        self._searches += 1
        mine = self._searches
        try:
            found = await self._ask()
        except AppError as problem:
            self._chain.set_text(f"The journal cannot be read: {problem}")
            found = []
        if mine == self._searches and not self.table.is_deleted:  # else another is under way
            self._found = found
            self._show()

    async def older(self) -> None:
        if self._found:
            self._found += await self._ask(before=self._found[-1].number)
            self._show()

    async def _ask(self, before: int | None = None) -> list[Sealed]:
        day = day_of(self._day.value or "")
        first = datetime.combine(day, time(), IST) if day else None
        return await self._source.trading.journal.find(
            (self._text.value or "").strip(),
            kind=Kind(self._kind.value) if self._kind.value else None,
            first=first,
            last=first + timedelta(days=1) if first else None,
            before=before,
            limit=AT_ONCE,
        )

    def _show(self) -> None:
        narrowed = self._text.value or self._kind.value or self._day.value
        self.table.say_when_empty(
            "No entry fits."
            if narrowed
            else "Nothing yet. Every click, order, reply and risk "
            "decision is sealed here, in an order that cannot be changed unseen."
        )
        self.table.show([entry_row(each) for each in self._found])
        self._older.set_visibility(bool(self._found) and len(self._found) % AT_ONCE == 0)

    async def picked(self, id: str) -> None:
        entry = next((each for each in self._found if str(each.number) == id), None)
        if entry is None:
            return
        of = entry.entry.correlation
        story = await self._source.trading.journal.of(of) if of else [entry]
        self._of.set_text(of or f"Entry {entry.number}")
        self._story.clear()
        with self._story:
            for each in story:
                _told(each, here=each.number == entry.number)


def _told(sealed: Sealed, *, here: bool) -> None:
    entry = sealed.entry
    with ui.element("div").classes("story-step here" if here else "story-step"):
        with ui.element("div").classes("story-line"):
            at = entry.at.astimezone(IST)
            ui.label(f"{at:%H:%M:%S}.{at.microsecond // 1000:03}").classes("num dim")
            ui.label(str(entry.kind)).classes("faint")
            ui.label(entry.text).classes("strong")
        facts = facts_words(sealed)
        if facts:
            ui.label(facts).classes("dim story-facts")
        seal = ui.label(f"No. {sealed.number} · seal {sealed.seal[:12]}…").classes("faint num")
        seal.props(f'title="{sealed.seal}"')
