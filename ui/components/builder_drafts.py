"""The builder's drafts: saved, found, duplicated, deleted with a way back, shared as files."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Final

from nicegui import background_tasks, ui
from nicegui.events import UploadEventArguments

from core.errors import AppError, BadData
from core.strategies.draft import Draft, Problem
from core.strategies.draft_file import LONGEST, from_json, to_json
from core.strategies.tracking import PnlCandles
from ui.builder import library
from ui.builder.state import BuilderState, Topic
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.empty_state import empty_state
from ui.components.fields import button
from ui.components.keys import Keys
from ui.components.watch import watch
from ui.theme import formats

COLUMNS: Final = (
    Column(name="name", title="Name", classes="strong", width="20%"),
    Column(name="symbol", title="On", width="60px"),
    Column(name="legs", title="Legs", classes="num left"),
    Column(name="tags", title="Tags", classes="dim wide-only", width="10%"),
    Column(name="edited", title="Edited", classes="num wide-only", width="54px"),
    Column(name="mark", title="", width="76px"),
    Column(name="copy", title="", width="46px"),
    Column(name="share", title="", width="32px"),
    Column(name="delete", title="", width="32px"),
)
NAME, TAG = 120, 200
PNG: Final = "() => document.querySelector('[data-testid=payoff-png]')?.click()"
"""The pay-off's own button."""


def build_drafts(state: BuilderState) -> None:
    _Drafts(state)


class _Drafts:
    def __init__(self, state: BuilderState) -> None:
        self._state, self._services = state, state.services
        self._problems: dict[str, list[Problem]] = {}
        self._judged: tuple[int, date] | None = None
        self._gone: tuple[Draft, PnlCandles] | None = None
        self._tag = ""
        Keys({"ctrl+s": self.save})
        with ui.element("div").classes("tool-panel drafts"):
            self._save_bar()
            self._find_bar()
            self._undo_bar = ui.element("div").classes("callout").props('role="status"')
            self._undo_bar.set_visibility(False)
            self._table = DataTable(
                "drafts",
                COLUMNS,
                empty="No draft has these words.",
                on_pick=self.open,
                on_act=self._act,
            )
            self._empty = empty_state(
                "No drafts yet.",
                "Put legs together, give them a name and save them with Ctrl-S; or import a file"
                " that somebody has shared.",
                icon="bookmark_border",
            ).props('data-testid="drafts-empty"')
        state.on(Topic.DRAFT, self._show_table_draft)
        watch(lambda: self._services.drafts.revision, self._changed)
        background_tasks.create(self._load(), name="drafts")
        self._show_table_draft()
        self._changed()

    # the draft on the table
    def _save_bar(self) -> None:
        with ui.element("div").classes("tool-bar"):
            self._name = _field("Name", "draft-name", NAME, "name of this draft", self._rename)
            self._tags = _field("Tags", "draft-tags", TAG, "weekly, hedge …", self._rename)
            tip = "Save this draft (Ctrl S)"
            button("Save", "draft-save", self.save, icon="save", primary=True, tip=tip)
            button("Save a copy", "draft-save-copy", self.save_copy, tip="As another draft")
            tip = "Start anew; undo brings these legs back"
            button("New", "draft-new", self._state.new_draft, icon="add", tip=tip)
            self._said = ui.label().classes("draft-said").props('data-testid="draft-state"')

    def _rename(self) -> None:
        """Name and tags as they are typed; an empty name waits for its first letter."""
        draft, name = self._state.draft, self._name.value.strip()
        tags = library.tags_from(self._tags.value or "")
        if name and (name, tags) != (draft.name, draft.tags):
            try:
                self._state.amend(replace(draft, name=name, tags=tags))
            except AppError as problem:
                _tell(str(problem), "negative")

    def _show_table_draft(self) -> None:
        draft = self._state.draft
        if self._name.value.strip() != draft.name:
            self._name.value = draft.name
        if library.tags_from(self._tags.value or "") != draft.tags:
            self._tags.value = ", ".join(draft.tags)
        said = self._status()
        self._said.set_text(said)
        self._said.classes(add="warn" if said == "not saved" else "", remove="warn")
        self._table.mark_picked(draft.id)

    def _status(self) -> str:
        saved, draft = self._state.saved, self._state.draft
        if not draft.legs and saved is None:
            return ""
        same = saved is not None and (saved.name, saved.tags) == (draft.name, draft.tags)
        return "saved" if same and not self._state.changed else "not saved"

    async def save(self) -> None:
        """The draft on the table into the library; says why it cannot be."""
        tags = library.tags_from(self._tags.value or "")
        try:
            draft = await self._state.save(
                self._name.value, tags=tags, notes=self._state.draft.notes
            )
        except AppError as problem:
            _tell(str(problem), "negative")
        else:
            _tell(f"“{draft.name}” is saved.", "positive")
            self._changed()

    async def save_copy(self) -> None:
        draft, saved = self._state.draft, self._state.saved
        copy = draft.duplicate(self._services.clock.now())
        same = saved is not None and saved.name == draft.name
        self._state.amend(copy if same else replace(copy, name=draft.name))
        await self.save()

    # the library
    def _find_bar(self) -> None:
        with ui.element("div").classes("tool-bar"):
            self._search = _field(
                "", "drafts-search", 100, "search names, tags, strikes …", self._show
            )
            self._search.props('clearable aria-label="Search drafts"').classes("find")
            self._chips = ui.element("div").classes("chips")
            with ui.element("span").classes("springy"):
                tip = "A draft from a JSON file"
                button("Import", "drafts-import", self._choose_file, icon="upload_file", tip=tip)
                picture = button("PNG", "drafts-png", lambda: None, icon="image")
                picture.props('title="The pay-off as a picture"').on("click", js_handler=PNG)
            self._upload = (
                ui.upload(
                    on_upload=self._arrived,
                    on_rejected=lambda: _tell(
                        f"A draft has {LONGEST // 1000} kB at most.", "negative"
                    ),
                    auto_upload=True,
                    multiple=True,
                    max_file_size=LONGEST,
                )
                .props('accept=".json,application/json" data-testid="drafts-file"')
                .classes("unseen")
            )

    async def _load(self) -> None:
        await self._services.draft_keeper.load()
        self._changed()

    def _changed(self) -> None:
        drafts = self._services.drafts.all()
        self._chips.clear()
        with self._chips:
            for tag in library.every_tag(drafts):
                chip = ui.element("button").classes("chip").props(f'data-testid="tag-{tag}"')
                chip.classes("here" if tag == self._tag else "")
                chip.on("click", lambda tag=tag: self._choose_tag(tag))
                with chip:
                    ui.label(tag)
        self._show()
        self._show_table_draft()
        background_tasks.create(self._judge(), name="drafts judged")

    def _choose_tag(self, tag: str) -> None:
        self._tag = "" if tag == self._tag else tag
        self._changed()

    async def _judge(self) -> None:
        """Which legs are not to be had any more: asked anew when drafts or the day are others."""
        state, today = self._services.drafts, self._services.calendar.today()
        if self._judged == (state.revision, today):
            return
        self._judged = (state.revision, today)
        for draft in state.all():
            self._problems[draft.id] = await self._services.draft_keeper.problems(draft)
        self._show()

    def _show(self) -> None:
        drafts = self._services.drafts.all()
        self._empty.set_visibility(not drafts)
        self._table.set_visibility(bool(drafts))
        found = library.found(drafts, self._search.value or "", self._tag)
        self._table.show([self._row(draft) for draft in found])

    def _row(self, draft: Draft) -> Row:
        lost, why = library.lost_in_words(self._problems.get(draft.id, ()))
        mark = Cell(lost, "warn", why) if lost else Cell("", "dim")
        if not lost and draft.tracked:
            mark = Cell("tracked", "up", "Followed at live prices")
        edited = library.edited_in_words(draft, self._services.clock.now())
        return Row(
            draft.id,
            (
                Cell(draft.name, tip=draft.notes),
                draft.symbol,
                library.legs_in_words(draft.legs),
                ", ".join(draft.tags),
                Cell(edited, tip=formats.ist(draft.edited_at)),
                mark,
                Cell("copy", tip="Duplicate this draft", action="copy"),
                Cell("↓", tip="Save as a JSON file to share", action="share"),
                Cell("✕", tip="Delete this draft; it can be undone", action="delete"),
            ),
        )

    # what is done with one
    async def _act(self, id: str, action: str) -> None:
        draft = self._services.drafts.drafts.get(id)
        if draft is None:
            return
        if action == "copy":
            await self._services.draft_keeper.save(draft.duplicate(self._services.clock.now()))
            self._changed()
        elif action == "share":
            name = library.file_name(draft)
            ui.download.content(to_json(draft).encode(), name, "application/json")
        elif action == "delete":
            await self.delete(draft)
        else:
            await self.open(id)

    async def open(self, id: str) -> None:
        """On the table as it was saved, with marks on what is not to be had any more."""
        if id == self._state.draft.id and not self._state.changed:
            return
        unsaved = self._state.changed
        try:
            await self._state.open_saved(id)
        except AppError as problem:
            _tell(str(problem), "negative")
            return
        lost, _ = library.lost_in_words(self._problems.get(id, ()))
        if lost:
            _tell(f"Legs {lost}: marked, kept as they were saved, and left out of the numbers.")
        elif unsaved:
            _tell("What was on the table comes back with undo.", "info")

    async def delete(self, draft: Draft) -> None:
        """At once, without a question: it can be undone until the page is left."""
        keeper, now = self._services.draft_keeper, self._services.clock.now()
        candles = await keeper.candles(draft.id, datetime.fromtimestamp(0, UTC), now)
        self._gone = (draft, candles)
        await keeper.delete(draft.id)
        self._changed()
        self._undo_bar.clear()
        self._undo_bar.set_visibility(True)
        with self._undo_bar:
            ui.label(f"“{draft.name}” was deleted.")
            button("Undo", "draft-undo-delete", self.undo_delete, primary=True)
            hide = partial(self._undo_bar.set_visibility, False)
            button("Dismiss", "draft-undo-dismiss", hide)

    async def undo_delete(self) -> None:
        if self._gone is not None:
            await self._services.draft_keeper.bring_back(*self._gone)
            self._gone = None
            self._changed()
            self._undo_bar.set_visibility(False)

    # files
    def _choose_file(self) -> None:
        self._upload.run_method("pickFiles")

    async def _arrived(self, event: UploadEventArguments) -> None:
        data, name = await event.file.read(), event.file.name
        self._upload.reset()
        await self.bring_in(data, name)

    async def bring_in(self, data: bytes, name: str) -> None:
        """A file into the library, and on the table; says in words what is wrong with it."""
        try:
            draft = from_json(library.text_of(data))
            await self._services.draft_keeper.save(draft)
        except (AppError, BadData) as problem:
            _tell(f"{name[:60]}: {problem}", "negative")
            return
        self._problems[draft.id] = await self._services.draft_keeper.problems(draft)
        _tell(f"“{draft.name}” is in the library.", "positive")
        await self.open(draft.id)


def _field(label: str, name: str, most: int, hint: str, then: Callable[[], object]) -> ui.input:
    with ui.element("label").classes(f"tool-field {name}"):
        if label:
            ui.label(label)
        made = ui.input(placeholder=hint, on_change=lambda: then())
    made.props(f'outlined dense hide-bottom-space maxlength="{most}"')
    return made.props(f'data-testid="{name}" aria-label="{label or name}"').mark(name)


def _tell(text: str, kind: str = "warning") -> None:
    ui.notify(text, type=kind, position="bottom-right")  # type: ignore[arg-type]
