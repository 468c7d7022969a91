"""The tables of the health page: their columns, and what their rows say."""

from typing import Final

from core.clock import IST
from core.ports.repositories import JobRun, RunResult
from core.services import Services
from core.state.health import BudgetHealth, Condition, Link
from core.state.jobs import JobStatus
from ui.components.data_table import Cell, Column, Row
from ui.theme import formats

LEDS: Final = {
    Condition.RUNNING: "good",
    Condition.WAITING: "good",
    Condition.STARTING: "wait",
    Condition.RESTARTING: "wait",
    Condition.FAILED: "bad",
    Condition.STOPPED: "",
}
LINK_LEDS: Final = {
    Link.UP: "good",
    Link.CONNECTING: "wait",
    Link.DOWN: "bad",
    Link.LOGIN_NEEDED: "bad",
}
RESULT_TONES: Final = {
    RunResult.OK: "up",
    RunResult.FAILED: "down",
    RunResult.CANCELLED: "warn",
    RunResult.RUNNING: "accent",
}
SERVICES: Final = (
    Column(name="name", title="Service", classes="strong"),
    Column(name="state", title="State", width="104px"),
    Column(name="for", title="For", classes="num", width="76px"),
    Column(name="restarts", title="Restarts", classes="num", width="64px"),
    Column(name="detail", title="Detail", classes="dim wide-only"),
)
JOBS: Final = (
    Column(name="title", title="Job", classes="strong"),
    Column(name="schedule", title="Schedule", classes="dim wide-only"),
    Column(name="next", title="Next run", classes="num wide-only", width="112px"),
    Column(name="last", title="Last run", classes="num wide-only", width="112px"),
    Column(name="result", title="Result", width="86px"),
    Column(name="run", title="", width="74px"),
)
HISTORY: Final = (
    Column(name="started", title="Started", classes="num left", width="112px"),
    Column(name="took", title="Took", classes="num wide-only", width="62px"),
    Column(name="result", title="Result", width="76px"),
    Column(name="by", title="By", classes="dim wide-only", width="54px"),
    Column(name="message", title="Message"),
)
PAIR: Final = (
    Column(name="name", title="", classes="dim", width="42%"),
    Column(name="value", title="", classes="num"),
)
BUDGETS: Final = (
    Column(name="name", title="Calls used", classes="strong"),
    Column(name="second", title="per second", classes="num"),
    Column(name="minute", title="per minute", classes="num"),
    Column(name="half", title="per 30 min", classes="num"),
)


def service_rows(services: Services) -> list[Row]:
    now = services.clock.now()
    return [
        Row(
            slug(s.name),
            (
                s.name,
                Cell(s.condition, led=LEDS[s.condition]),
                formats.duration((now - s.since).total_seconds()) if s.since else formats.DASH,
                Cell(str(s.restarts), "warn" if s.restarts else "dim"),
                Cell(s.detail, "down" if s.condition is Condition.FAILED else "", s.detail),
            ),
        )
        for s in services.health.services.values()
    ]


def feed_rows(services: Services) -> list[Row]:
    feed, now = services.health.feed, services.clock.now()
    up = formats.duration((now - feed.connected_at).total_seconds()) if feed.connected_at else ""
    heard = (now - feed.last_frame).total_seconds() if feed.last_frame else None
    pong = (now - feed.last_pong).total_seconds() if feed.last_pong else None
    return _pairs(
        ("link", "Link", Cell(feed.link, led=LINK_LEDS[feed.link])),
        ("detail", "Detail", feed.detail or formats.DASH),
        ("connected", "Connected for", up or formats.DASH),
        ("frame", "Last frame", _ago(heard)),
        ("pong", "Last pong", _ago(pong)),
        ("wanted", "Instruments wanted", formats.quantity(feed.wanted)),
        ("ticks", "Ticks", formats.quantity(feed.ticks)),
        ("frames", "Frames", formats.quantity(feed.frames)),
        ("bytes", "Received", _bytes(feed.bytes)),
        ("reconnects", "Reconnects", _counted(feed.reconnects)),
        ("bad-frames", "Bad frames", _counted(feed.bad_frames)),
        ("quarantined", "Values refused", _counted(feed.quarantined)),
    )


def broker_rows(services: Services) -> list[Row]:
    broker, now = services.health.broker, services.clock.now()
    breaker = broker.breaker
    if broker.breaker_until is not None and breaker != "closed":
        left = (broker.breaker_until - now).total_seconds()
        breaker = f"{breaker}, {formats.duration(left)} left"
    bad = ", ".join(f"{call} {count}" for call, count in broker.bad_data.most_common(3))
    return _pairs(
        ("breaker", "Breaker", Cell(breaker, "" if broker.breaker == "closed" else "down")),
        ("calls", "Calls", formats.quantity(broker.calls)),
        ("failures", "Failures", _counted(broker.failures)),
        ("latency", "Last latency", f"{broker.last_latency_ms:.0f} ms" if broker.calls else "–"),
        ("bad-data", "Answers not understood", Cell(bad or "none", "warn" if bad else "")),
    )


def job_row(job: JobStatus) -> Row:
    last = job.last
    if job.running:
        share = f" {job.progress:.0%}" if job.progress is not None else ""
        result = Cell(f"running{share}", "accent", job.detail)
    elif job.waiting:
        result = Cell("waiting", "accent")
    elif last is None:
        result = Cell("never ran", "dim")
    else:
        result = Cell(last.result, RESULT_TONES[last.result], last.message)
    started = formats.DASH if last is None else last.started_at.astimezone(IST)
    return Row(
        job.name,
        (
            Cell(job.title, tip=job.detail),
            job.schedule,
            f"{job.next_run.astimezone(IST):%d %b %H:%M}" if job.next_run else formats.DASH,
            started if isinstance(started, str) else f"{started:%d %b %H:%M}",
            result,
            Cell("Run now", action="run") if not (job.running or job.waiting) else "",
        ),
    )


def run_row(run: JobRun, titles: dict[str, str], *, named: bool) -> Row:
    took = (run.finished_at - run.started_at).total_seconds() if run.finished_at else None
    title = f"{titles.get(run.job, run.job)}: " if named else ""
    return Row(
        run.id,
        (
            f"{run.started_at.astimezone(IST):%d %b %H:%M}",
            formats.duration(took),
            Cell(run.result, RESULT_TONES[run.result]),
            "hand" if run.by_hand else "clock",
            Cell(title + (run.message or "…"), tip=run.message),
        ),
    )


def budget_row(budget: BudgetHealth) -> Row:
    cells = (
        Cell(f"{used} / {allowed}", "warn" if allowed and used >= 0.8 * allowed else "")
        for used, allowed in zip(budget.used, budget.allowed, strict=True)
    )
    return Row(slug(budget.name), (budget.name, *cells))


def _pairs(*pairs: tuple[str, str, str | Cell]) -> list[Row]:
    return [Row(id, (name, value)) for id, name, value in pairs]


def _counted(count: int) -> Cell:
    return Cell(formats.quantity(count), "warn" if count else "")


def _ago(seconds: float | None) -> str:
    return formats.DASH if seconds is None else f"{formats.age(seconds)} ago"


def _bytes(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.2f} GB"


def figure_text(name: str, value: str | int) -> str:
    if isinstance(value, str):
        return value
    return _bytes(value) if name.endswith(("size", "bytes")) else formats.quantity(value)


def slug(name: str) -> str:
    return "-".join(name.lower().split())
