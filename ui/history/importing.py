"""Import a file: look at what it is, correct what was guessed, load it whole or not at all."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Final

from nicegui import ui
from nicegui.events import UploadEventArguments

from core.errors import AppError, RuleBroken
from core.ports.imports import Choice, Imported, Preview
from core.services import Services
from core.services.download_names import named
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.fields import button, text_field
from ui.components.leaving import Leaving
from ui.components.panel import panel
from ui.history.choice_fields import ChoiceFields
from ui.history.guesses import likely_names

LARGEST: Final = 512 * 2**20
MOST_SHOWN: Final = 50
"""Refused rows on the screen; all of them are counted."""
DONE: Final = (
    Column(name="file", title="File", width="280px"),
    Column(name="made", title="Loaded", classes="wrap"),
    Column(name="home", title="Into", width="160px"),
    Column(name="rows", title="Rows", classes="num", width="100px"),
    Column(name="left", title="Left out", classes="num", width="90px"),
)
REFUSED: Final = (
    Column(name="row", title="Row", classes="num", width="80px"),
    Column(name="reason", title="Why it cannot be read", classes="wrap"),
)
KINDS: Final = (
    "NSE bhavcopies of F&O and of shares (legacy and UDiFF), NSE option chain (JSON or CSV), "
    "option minutes (Parquet or CSV), bars of any instrument (CSV or Parquet), the broker's "
    "recorded chains and instrument files, SPAN and volatility tables. Packed (.zip, .gz) or not."
)


class ImportView:
    """`then` is called after each file that was loaded."""

    def __init__(self, services: Services, then: Callable[[], Awaitable[object]]) -> None:
        self._services, self._then = services, then
        self._folder: Path | None = None
        Leaving(self._forget)
        self.path: Path | None = None
        self.preview: Preview | None = None
        self._asked, self._busy = 0, False
        self._done: list[Row] = []
        with ui.element("div").classes("page page-import"):
            self._build_choice()
            self._found = ui.element("div").classes("stack")
            with ui.element("div").classes("import-progress") as self._progress:
                self._bar = ui.linear_progress(0, show_value=False).props("rounded size=6px")
                self._said = ui.label().classes("dim").props('data-testid="import-said"')
            self._progress.set_visibility(False)
            with ui.element("div") as self._results, panel("Loaded in this visit", classes="flush"):
                self.done = DataTable("imported", DONE)
            self._results.set_visibility(False)

    def _build_choice(self) -> None:
        with panel("A file of yours"):
            with ui.element("div").classes("toolbar"):
                tip = "From the machine that shows this page"
                button("Choose a file", "import-choose", self._choose, icon="upload_file", tip=tip)
                self._at = text_field(
                    "or its place on the desk's own machine",
                    "import-path",
                    hint="a path",
                ).props('maxlength="1000"')
                self._at.on("keydown.enter", lambda _: self.open_path())
                button("Look at it", "import-look", self.open_path, icon="visibility")
            self._upload = (
                ui.upload(
                    on_upload=self._arrived,
                    on_rejected=lambda: ui.notify("A file has 512 MB at most.", type="negative"),
                    auto_upload=True,
                    max_file_size=LARGEST,
                )
                .props('data-testid="import-file"')
                .classes("unseen")
                .mark("import-file")
            )
            ui.label(KINDS).classes("dim wrap")

    # a file
    def _choose(self) -> None:
        self._upload.run_method("pickFiles")

    async def _arrived(self, event: UploadEventArguments) -> None:
        name = Path(event.file.name.replace("\\", "/")).name or "file"
        if self._folder is None:
            self._folder = Path(mkdtemp(prefix="strikedesk-import-"))
        path = self._folder / name
        await event.file.save(path)
        self._upload.reset()
        await self.open(path)

    def _forget(self) -> None:
        """What was uploaded goes with the page."""
        if self._folder is not None:
            rmtree(self._folder, ignore_errors=True)

    async def open_path(self) -> None:
        text = str(self._at.value or "").strip()
        if text:
            await self.open(_path(text))

    async def open(self, path: Path) -> None:
        """Show what the file is."""
        self.path, self.preview = path, None
        await self.look(Choice())

    async def look(self, choice: Choice) -> None:
        """Once more, with what was corrected; of several at once the last counts."""
        if self.path is None or self._busy:
            return
        self._asked += 1
        mine = self._asked
        self._say("looking", 0.0)
        try:
            found = await self._services.importer.look(self.path, choice)
            if "key" in found.needs and self.preview is None:
                key = await self._likely_key(found)
                if key:
                    found = await self._services.importer.look(self.path, replace(choice, key=key))
        except AppError as problem:
            if mine == self._asked:
                self._refuse(str(problem))
            return
        if mine == self._asked:
            self.preview = found
            self._progress.set_visibility(False)
            await self._show(found)

    async def _likely_key(self, found: Preview) -> str:
        for name in likely_names(found.file):
            try:
                return (await named(self._services.instruments, name)).key
            except RuleBroken:
                continue
        return ""

    def _refuse(self, reason: str) -> None:
        self._progress.set_visibility(False)
        self._found.clear()
        with self._found, panel("It cannot be read", classes="import-refused"):
            ui.label(reason).classes("bad wrap").props('data-testid="import-refusal"')

    # what it is
    async def _show(self, found: Preview) -> None:
        self._found.clear()
        with self._found, panel(f"{found.file}: {found.title}"):
            ui.label(f"Makes {found.makes}. Goes to: {found.home}.").classes("strong wrap").props(
                'data-testid="import-makes"'
            )
            for note in found.notes:
                ui.label(note).classes("dim wrap")
            self.fields = ChoiceFields(self._services, found, self.look)
            await self.fields.build()
            self._table(found)
            if found.refused_count:
                self._refused(found)
            with ui.element("div").classes("toolbar"):
                ready = not found.needs and (not found.refused_count or found.choice.leave_out)
                go = button("Import", "import-go", self.load, icon="download_done", primary=True)
                go.props("" if ready else "disabled")
                button("Cancel", "import-cancel", self.cancel)
                if not ready:
                    ui.label(_why(found)).classes("warn wrap").props('data-testid="import-why"')

    def _table(self, found: Preview) -> None:
        columns = [Column(name=f"c{i}", title=head) for i, head in enumerate(found.heads)]
        rows = [
            Row(str(i), tuple(Cell(value) for value in row)) for i, row in enumerate(found.rows)
        ]
        with ui.element("div").classes("import-sample"):
            DataTable("sample", columns, empty="").show(rows)

    def _refused(self, found: Preview) -> None:
        count = f"{found.refused_count:,}"
        words = "row cannot be read" if found.refused_count == 1 else "rows cannot be read"
        ui.switch(
            f"{count} {words}: leave them out",
            value=found.choice.leave_out,
            on_change=lambda e: self.look(replace(found.choice, leave_out=bool(e.value))),
        ).props('dense data-testid="import-leave-out"').mark("import-leave-out")
        table = DataTable("refused", REFUSED)
        table.show(
            [
                Row(str(i), (f"{each.row:,}" if each.row else "", each.reason))
                for i, each in enumerate(found.refused[:MOST_SHOWN])
            ]
        )

    # loading it
    async def load(self) -> None:
        """Whole, or with its reason not at all."""
        if self.path is None or self.preview is None or self._busy:
            return
        self._busy = True
        try:
            done = await self._services.importer.load(
                self.path, self.preview.choice, lambda words, share: self._say(words, share)
            )
        except AppError as problem:
            self._refuse(str(problem))
            return
        finally:
            self._busy = False
            self._progress.set_visibility(False)
        self._keep(done)
        self.cancel()
        await self._then()

    def cancel(self) -> None:
        self._found.clear()
        self.path = self.preview = None

    def _keep(self, done: Imported) -> None:
        cells: tuple[Any, ...] = (
            done.file,
            done.made,
            str(done.home),
            f"{done.rows:,}",
            f"{done.left_out_count:,}",
        )
        self._done.insert(0, Row(f"{len(self._done)}", cells))
        self.done.show(self._done)
        self._results.set_visibility(True)
        ui.notify(f"{done.file} is loaded: {done.made}.", type="positive")

    def _say(self, words: str, share: float) -> None:
        self._progress.set_visibility(True)
        self._said.set_text(words)
        self._bar.set_value(share)


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _why(found: Preview) -> str:
    if found.needs:
        names = {"key": "the instrument", "moment": "when it was taken down"}
        told = [names.get(each, each.removeprefix("columns.")) for each in found.needs]
        return f"Still needed: {', '.join(told)}."
    return "Rows cannot be read: mend the file, or leave them out."
