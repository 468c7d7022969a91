"""Downloads: start them, see how far they are, and what we have of each instrument and day."""

from typing import Final

from nicegui import ui

from core.errors import AppError
from core.ids import LOCAL_USER
from core.jobs.download_daily import PREFERENCE, DailyWishes
from core.jobs.table import DOWNLOAD
from core.services import Services
from ui.components.choices import Choices
from ui.components.data_table import DataTable
from ui.components.empty_state import empty_state
from ui.components.fields import button, text_field
from ui.components.panel import panel
from ui.components.segments import Segments
from ui.components.watch import watch
from ui.downloads.coverage import CoverageView
from ui.downloads.form import StartForm, daily_words
from ui.downloads.lists import ENDED, FAILURES, RUNNING, ended_row, failure_rows, running_row
from ui.theme import formats

PACE: Final = 0.5
SHOWN: Final = 40
DOWNLOADS, COVERAGE = "downloads", "coverage"
VIEWS: Final = {DOWNLOADS: "Downloads", COVERAGE: "Coverage"}


async def page(services: Services, view: str = "") -> None:
    if services.replay is not None:
        empty_state(
            "Nothing is downloaded in a replay",
            "A recorded day has no broker to ask. Start the desk in another mode.",
        )
        return
    choices = await Choices.load(services.preferences)
    if view in VIEWS:
        choices.keep("downloads.view", view)
    await DownloadsPage(services, choices).build()


class DownloadsPage:
    def __init__(self, services: Services, choices: Choices) -> None:
        self._services, self._choices = services, choices
        self._picked = ""

    async def build(self) -> None:
        with ui.element("div").classes("page page-downloads"):
            with ui.element("div").classes("toolbar"):
                self.views = Segments(VIEWS, self._choices, "downloads.view", self._change)
            self._downloads = ui.element("div").classes("stack")
            self._coverage = ui.element("div").classes("stack")
        with self._downloads:
            await self._build_downloads()
        self.coverage: CoverageView | None = None
        await self._change()
        watch(lambda: self._services.downloads.state.revision, self._look_at_running, pace=PACE)
        ui.timer(1.0, self._look_at_running)
        watch(self._ended_so_far, self._after_an_end, pace=PACE)

    async def _build_downloads(self) -> None:
        with panel("Start a download"):
            self.form = StartForm(self._services, self._choices)
            await self.form.build()
        with panel("Running", classes="flush"):
            self.running = DataTable(
                "running",
                RUNNING,
                empty="Nothing is being downloaded.",
                on_act=self._act,
            )
        with panel("Ended", classes="flush downloads-ended"):
            self.ended = DataTable(
                "ended",
                ENDED,
                empty="Nothing has been downloaded yet.",
                on_pick=self.pick,
                on_act=self._act,
            )
        self._failed = ui.element("div")
        with self._failed, panel("What could not be had", classes="flush downloads-failed"):
            self.failures = DataTable("failure", FAILURES, empty="All of it was had.")
        self._failed.set_visibility(False)
        with panel("After the close"):
            await self._build_daily()
        await self._look()

    async def _build_daily(self) -> None:
        known = await self._services.preferences.all(LOCAL_USER)
        self.wishes = wishes = DailyWishes.of(known)
        with ui.element("div").classes("toolbar"):
            ui.switch(
                "Every trading day",
                value=wishes.enabled,
                on_change=lambda e: self._wish(enabled=e.value),
            ).props('dense data-testid="daily-enabled"').mark("daily-enabled")
            ui.switch(
                "Nearest chains too",
                value=wishes.chains,
                on_change=lambda e: self._wish(chains=e.value),
            ).props('dense data-testid="daily-chains"').mark("daily-chains")
            text_field(
                "More instruments",
                "daily-more",
                value=", ".join(wishes.more),
                hint="RELIANCE, TCS …",
                wait_ms=500,
                on_change=lambda e: self._wish(more=e.value or ""),
            )
            button("Run now", "daily-now", self._run_daily, icon="play_arrow")
        self.daily = ui.label().classes("dim").props('data-testid="daily-words"')
        self._say_daily(known)

    async def _wish(
        self, *, enabled: bool | None = None, chains: bool | None = None, more: str | None = None
    ) -> None:
        old = self.wishes
        names = old.more
        if more is not None:
            names = tuple(part.strip().upper() for part in more.split(",") if part.strip())
        self.wishes = DailyWishes(
            enabled=old.enabled if enabled is None else enabled,
            chains=old.chains if chains is None else chains,
            more=names,
        )
        self._choices.keep(PREFERENCE, self.wishes.to_json())
        self._say_daily(await self._services.preferences.all(LOCAL_USER))

    def _say_daily(self, known: dict[str, object]) -> None:
        job = self._services.jobs.jobs.get(DOWNLOAD)
        hour = f" Next on {formats.ist(job.next_run)}." if job and job.next_run else ""
        self.daily.set_text(daily_words(self.wishes, known) + hour)

    def _run_daily(self) -> None:
        try:
            self._services.scheduler.run_now(DOWNLOAD)
        except AppError as problem:
            ui.notify(str(problem), type="warning")

    async def _change(self) -> None:
        coverage = self.views.value == COVERAGE
        self._downloads.set_visibility(not coverage)
        self._coverage.set_visibility(coverage)
        ui.navigate.history.replace(f"/downloads?view={self.views.value}")
        if not coverage:
            return
        if self.coverage is None:
            with self._coverage:
                self.coverage = CoverageView(self._services, self._choices)
                await self.coverage.build()
        else:
            await self.coverage.look()

    def _ended_so_far(self) -> tuple[str, ...]:
        progress = self._services.downloads.state.progress
        return tuple(f"{id} {each.download.status}" for id, each in progress.items())

    async def _after_an_end(self) -> None:
        await self._look()
        if self.coverage is not None and self.views.value == COVERAGE:
            await self.coverage.look()

    async def _look(self) -> None:
        self._look_at_running()
        history = await self._services.downloads.history(SHOWN)
        running = {each.download.id for each in self._services.downloads.state.running}
        self.ended.show([ended_row(each) for each in history if each.id not in running])

    def _look_at_running(self) -> None:
        """Each second even when nothing came: a rate falls, a time to go grows."""
        state = self._services.downloads.state
        self.running.show([running_row(each) for each in state.running])

    async def pick(self, id: str) -> None:
        failures = await self._services.downloads.failures(id)
        self.failures.show(failure_rows(failures))
        self._failed.set_visibility(True)

    async def _act(self, id: str, action: str) -> None:
        try:
            if action == "cancel":
                await self._services.downloads.cancel(id)
            elif action == "again":
                await self._services.downloads.again(id)
        except AppError as problem:
            ui.notify(str(problem), type="warning")
        await self._look()
