"""Health: services, jobs, feed, broker, database, and the log as it is written."""

from typing import Final

from nicegui import ui

from core.clock import IST
from core.errors import AppError
from core.log import LogLine
from core.services import Services
from core.state.health import Link
from ui.components.board import Board
from ui.components.board import Cell as Figure
from ui.components.choices import Choices
from ui.components.data_table import Cell, DataTable, Row
from ui.components.dock import Dock, DockPanel, remembered
from ui.components.fields import button, choice_field, text_field
from ui.components.health_rows import (
    BUDGETS,
    HISTORY,
    JOBS,
    PAIR,
    SERVICES,
    broker_rows,
    budget_row,
    feed_rows,
    figure_text,
    job_row,
    run_row,
    service_rows,
    slug,
)
from ui.components.log_console import Line, LogConsole
from ui.theme import formats

PACE: Final = 0.5
DATABASE_PACE: Final = 10.0
RUNS: Final = 30
LEVELS: Final = ("debug", "info", "warning", "error", "critical")
LEVEL_WORDS: Final = {
    "debug": "Everything",
    "info": "Info and above",
    "warning": "Warnings and errors",
    "error": "Errors only",
}
PANELS: Final = (
    DockPanel(id="services", title="Services", height=274),
    DockPanel(id="feed", title="Feed", beside="services", width=430, height=312),
    DockPanel(id="jobs", title="Jobs", beside="services", direction="below", height=124),
    DockPanel(id="runs", title="Runs", beside="jobs", direction="below", height=156),
    DockPanel(id="log", title="Log", beside="runs", direction="below"),
    DockPanel(id="broker", title="Broker", beside="feed", direction="below", height=212),
    DockPanel(id="database", title="Database", beside="broker", direction="below"),
)
HEADLINES: Final = (
    Figure(name="ready", label="Desk", testid="ready"),
    Figure(name="feed", label="Feed", testid="feed-state"),
    Figure(name="rate", label="Ticks/s", testid="ticks-per-second"),
    Figure(name="lag", label="Loop lag p99", testid="loop-lag"),
    Figure(name="breaker", label="Breaker", testid="breaker"),
    Figure(name="instruments", label="Instruments", testid="instrument-count"),
    Figure(name="jobs", label="Jobs running", testid="jobs-running"),
)


async def page(services: Services, job: str = "", level: str = "", text: str = "") -> None:
    choices = await Choices.load(services.preferences)
    kept = choices.get("health.level", "info")
    health = HealthPage(services, choices, level if level in LEVEL_WORDS else kept, text)
    health.build()
    await health.pick_job(job or choices.get("health.job", ""))
    await health.look_at_database()


class HealthPage:
    def __init__(self, services: Services, choices: Choices, level: str, text: str) -> None:
        self._services, self._choices = services, choices
        self.level = level if level in LEVEL_WORDS else "info"
        self.text = text
        self._job = ""
        self._seen: tuple[int, str, str] = (-1, "", "")
        self._jobs_seen = -1

    def build(self) -> None:
        with ui.element("div").classes("page page-health"):
            self.board = Board(HEADLINES, "headline")
            dock = remembered(self._choices, "health", PANELS)
            self._running(dock)
            self._reached(dock)
        self._look()
        ui.timer(PACE, self._look_and_follow)
        ui.timer(DATABASE_PACE, self.look_at_database)

    def _running(self, dock: Dock) -> None:
        """What runs here: services, jobs and their runs, the log."""
        with dock.panel("services"):
            self.services = DataTable("service", SERVICES, empty="No service is registered.")
        with dock.panel("jobs"):
            self.jobs = DataTable(
                "job",
                JOBS,
                empty="No job is scheduled.",
                on_pick=self.pick_job,
                on_act=self._run_now,
            )
        with dock.panel("runs"):
            with ui.element("div").classes("panel-tools"):
                self.runs_of = ui.label("all jobs").classes("dim")
                button("All", "runs-all", lambda: self.pick_job(""))
            self.runs = DataTable("run", HISTORY, empty="It has not run yet.")
        with dock.panel("log"), ui.element("div").classes("log-panel"):
            with ui.element("div").classes("panel-tools"):
                self._log_tools()
            self.console = LogConsole()

    def _reached(self, dock: Dock) -> None:
        """What we talk to: feed, broker, database."""
        with dock.panel("feed"):
            self.feed = DataTable("feed", PAIR).classes("bare")
        with dock.panel("broker"):
            self.budgets = DataTable("budget", BUDGETS, empty="No call was made yet.")
            self.broker = DataTable("broker", PAIR).classes("bare")
        with dock.panel("database"):
            self.database = DataTable("database", PAIR).classes("bare")

    def _log_tools(self) -> None:
        self.log_figures = ui.label().classes("num dim").props('data-testid="log-figures"')
        choice_field(
            "Level",
            "log-level",
            LEVEL_WORDS,
            value=self.level,
            on_change=lambda e: self._filter(level=e.value),
        )
        text_field(
            "Text",
            "log-text",
            value=self.text,
            hint="filter, e.g. feed",
            wait_ms=150,
            on_change=lambda e: self._filter(text=e.value or ""),
        ).props("clearable")
        button("Copy", "log-copy", self._copy, icon="content_copy", tip="Copy the lines shown")

    def _filter(self, *, level: str | None = None, text: str | None = None) -> None:
        if level is not None:
            self.level = level
            self._choices.keep("health.level", level)
        if text is not None:
            self.text = text
        self._look_at_log()

    def _copy(self) -> None:
        self.console.copy()
        ui.notify(f"{len(self.console.lines)} lines copied", position="bottom-right")

    async def _look_and_follow(self) -> None:
        self._look()
        if self._services.jobs.revision != self._jobs_seen:
            await self._show_runs()

    def _look(self) -> None:
        services = self._services
        self._look_at_headline()
        self.services.show(service_rows(services))
        self.feed.show(feed_rows(services))
        self.jobs.show([job_row(job) for job in services.jobs.jobs.values()])
        self.budgets.show([budget_row(b) for b in services.health.broker.budgets])
        self.broker.show(broker_rows(services))
        self._look_at_log()

    def _look_at_headline(self) -> None:
        services, health = self._services, self._services.health
        reasons = services.ready()
        self.board.put(
            "ready",
            "ready" if not reasons else "not ready",
            tone="down" if reasons else "up",
            extra="; ".join(reasons),
            extra_tone="dim",
        )
        feed = health.feed
        self.board.put("feed", feed.link, tone="up" if feed.link is Link.UP else "down")
        self.board.put("rate", formats.quantity(feed.ticks_per_second), raw=feed.ticks_per_second)
        lag = health.loop_lag_ms
        self.board.put("lag", f"{lag:.1f} ms", tone="warn" if lag > 25 else "", raw=lag)
        breaker = health.broker.breaker
        self.board.put("breaker", breaker, tone="" if breaker == "closed" else "down")
        self.board.put(
            "instruments",
            formats.quantity(health.instruments_count),
            extra=health.instruments_problem,
            extra_tone="warn",
        )
        running = [job.title for job in services.jobs.jobs.values() if job.running]
        self.board.put("jobs", str(len(running)), extra=", ".join(running), extra_tone="dim")
        self.board.flush()

    def _look_at_log(self) -> None:
        state = (self._services.log.count, self.level, self.text)
        if state == self._seen:
            return
        self._seen = state
        kept = self._services.log.since(0)
        shown = [_line(line) for line in kept if passes(line, self.level, self.text)]
        self.console.show(shown)
        self.log_figures.set_text(f"{len(shown)} of {len(kept)} lines · wall time, IST")

    async def look_at_database(self) -> None:
        problem = self._services.health.database_problem
        try:
            figures = await self._services.database.figures()
        except AppError as error:
            figures, problem = {}, str(error)
        rows = [Row(slug(k), (k.replace("_", " "), figure_text(k, v))) for k, v in figures.items()]
        if problem:
            rows.insert(0, Row("problem", ("Problem", Cell(problem, "down"))))
        self.database.show(rows)

    async def pick_job(self, name: str) -> None:
        """Show the runs of one job, or of all."""
        self._job = name if name in self._services.jobs.jobs else ""
        self._choices.keep("health.job", self._job)
        self.jobs.mark_picked(self._job)
        status = self._services.jobs.jobs.get(self._job)
        self.runs_of.set_text(status.title if status else "all jobs")
        await self._show_runs()

    async def _show_runs(self) -> None:
        self._jobs_seen = self._services.jobs.revision
        runs = await self._services.scheduler.history(self._job or None, RUNS)
        titles = {name: job.title for name, job in self._services.jobs.jobs.items()}
        self.runs.show([run_row(run, titles, named=not self._job) for run in runs])

    async def _run_now(self, name: str, action: str) -> None:
        if action != "run":
            return
        try:
            self._services.scheduler.run_now(name)
        except AppError as problem:
            ui.notify(str(problem), type="negative")
            return
        await self.pick_job(name)


def passes(line: LogLine, level: str, text: str) -> bool:
    known = LEVELS.index(line.level) if line.level in LEVELS else len(LEVELS)
    if known < LEVELS.index(level):
        return False
    return all(word in f"{line.source} {line.text}".casefold() for word in text.casefold().split())


def _line(line: LogLine) -> Line:
    at = line.at.astimezone(IST)
    return (line.number, f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}", line.level, line.text)
