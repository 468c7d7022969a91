"""Instruments: today's file in place of yesterday's, or yesterday's kept and the reason said."""

from collections.abc import Awaitable, Callable

from core.clock import Clock
from core.errors import AppError
from core.ports.market_data import InstrumentSource
from core.ports.repositories import InstrumentRepository
from core.services.scheduler import Progress
from core.state.health import HealthState
from core.state.notices import Level, Notices


async def refresh_instruments(
    progress: Progress,
    *,
    source: InstrumentSource,
    instruments: InstrumentRepository,
    health: HealthState,
    notices: Notices,
    clock: Clock,
    then: Callable[[], Awaitable[None]],
) -> str:
    """`then` is called once the new ones are in place.

    Raises what the source raised, after saying that the instruments on hand stay.
    """
    progress.say("downloading the broker's instrument file")
    try:
        listed = await source.fetch()
    except AppError as problem:
        await note_instruments(instruments, health)
        _keep(problem, health, notices, clock)
        raise
    progress.say(f"storing {len(listed):,} instruments", 0.5)
    await instruments.replace(listed, clock.now())
    health.instruments_problem = ""
    await note_instruments(instruments, health)
    await then()
    return f"{len(listed):,} instruments stored"


async def note_instruments(instruments: InstrumentRepository, health: HealthState) -> None:
    """What is on hand, for the health page and for readiness."""
    health.instruments_count = await instruments.count()
    health.instruments_date = await instruments.as_of()


def _keep(problem: AppError, health: HealthState, notices: Notices, clock: Clock) -> None:
    health.instruments_problem = str(problem)
    kept = "there are none yet"
    if health.instruments_date is not None:
        kept = f"those of {health.instruments_date:%d %b %Y} stay in use"
    notices.add(
        Level.WARNING,
        f"Today's instruments could not be taken over ({problem}); {kept}.",
        at=clock.now(),
        source="instruments",
    )
