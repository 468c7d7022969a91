"""What is held of one underlying, laid on the table: judged as a draft is, and never edited."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from nicegui import background_tasks

from core.errors import AppError, RuleBroken
from core.ids import InstrumentKey
from core.services import Services
from core.services.portfolio_picture import Line
from core.strategies.chain_view import ChainView
from core.strategies.legs import Leg, in_play
from core.strategies.picture import Picture, last_close, picture
from core.strategies.valuation import Market, Sticky
from ui.builder.iv_changes import daily_iv_change
from ui.builder.latest import Latest
from ui.builder.open_chains import OpenChains
from ui.builder.topics import Listeners, Overlay, Topic
from ui.components.choices import Choices
from ui.components.leaving import Leaving
from ui.components.sight import paced

PACE: Final = 1.0
NOTHING: Final = (
    "No options or futures are held.",
    "What is held is judged here: at any spot, on any day, at any volatility.",
)
NOT_HERE: Final = "What is held is not changed here: open it in the builder."


class HeldTable:
    """Answers what `ui.builder.laid.Laid` asks; `take` says which positions.

    `left_out` are those that cannot be judged: their average price is not known.
    """

    def __init__(self, services: Services, choices: Choices) -> None:
        self.services, self.choices = services, choices
        self.chains = OpenChains(services)
        self.legs: tuple[Leg, ...] = ()
        self.left_out: tuple[str, ...] = ()
        self.view: ChainView | None = None
        self.market: Market | None = None
        self.picture: Picture | None = None
        self.overlays: tuple[Overlay, ...] = ()
        self.pointed: float | None = None
        self.ahead, self.iv_shift = 0.0, 0.0
        self._symbol = ""
        self._change: float | None = None
        self._shifts: dict[InstrumentKey, float] = {}
        self._listeners = Listeners()
        self._pictures = Latest(self._question, self._answer)
        self._turning = False
        Leaving(self._pictures.end)
        paced(PACE, self.look)

    def take(self, symbol: str, lines: Sequence[Line]) -> None:
        """These positions, of one underlying."""
        legs = [
            replace(line.leg, iv_shift=self._shifts.get(line.key, 0.0))
            for line in lines
            if line.leg is not None and line.leg.price == line.leg.price
        ]
        left_out = tuple(line.title for line in lines if line.leg and not _known(line.leg))
        if (symbol, tuple(legs), left_out) == (self._symbol, self.legs, self.left_out):
            return
        if symbol != self._symbol:
            self._shifts.clear()
            self.view = self.market = self.picture = None
            self.pointed = None
        self._symbol, self.legs, self.left_out = symbol, tuple(legs), left_out
        self._listeners.tell(Topic.DRAFT)
        self._pictures.ask()
        background_tasks.create(self._open(), name="held chains")

    # what is there
    @property
    def symbol(self) -> str:
        return self._symbol

    @property
    def underlying(self) -> InstrumentKey | None:
        return self.chains.underlying

    @property
    def counted(self) -> list[Leg]:
        return in_play(self.legs)

    @property
    def draggable(self) -> bool:
        return False

    @property
    def nothing(self) -> tuple[str, str]:
        return NOTHING

    @property
    def sticky(self) -> Sticky:
        kept = self.choices.get("builder.sticky", str(Sticky.STRIKE))
        return Sticky(kept) if kept in set(Sticky) else Sticky.STRIKE

    @property
    def span(self) -> timedelta:
        if self.market is None:
            return timedelta()
        return last_close(self.counted, self.market) - self.market.now

    @property
    def when(self) -> datetime:
        return self.now + self.ahead * self.span

    @property
    def now(self) -> datetime:
        return self.services.clock.now()

    def on(self, topic: Topic, then: Callable[[], object]) -> None:
        self._listeners.on(topic, then)

    # what is asked of it
    def look(self) -> None:
        if self._symbol:
            self._see()

    def look_ahead(self, part: float) -> None:
        self.ahead = min(max(part, 0.0), 1.0)
        self._pictures.ask()

    def shift_iv(self, points: float) -> None:
        self.iv_shift = points / 100
        self._pictures.ask()

    def point_at(self, spot: float | None) -> None:
        self.pointed = spot
        self._listeners.tell(Topic.OVERLAYS)

    def put_leg(self, at: int, leg: Leg, *, gesture: str = "") -> None:
        """Only its shift of volatility, which is a question and no change."""
        if replace(leg, iv_shift=self.legs[at].iv_shift) != self.legs[at]:
            raise RuleBroken(NOT_HERE)
        self._shifts[leg.key] = leg.iv_shift
        self.legs = (*self.legs[:at], leg, *self.legs[at + 1 :])
        self._listeners.tell(Topic.DRAFT)
        self._pictures.ask()

    def put_legs(self, legs: Sequence[Leg], *, name: str = "", gesture: str = "") -> None:
        raise RuleBroken(NOT_HERE)

    # inside
    async def _open(self) -> None:
        if self._turning or not self._symbol:
            return
        self._turning = True
        try:
            asked = None
            while asked != (self._symbol, self.legs):  # it may have changed meanwhile
                asked = (self._symbol, self.legs)
                await self._turn(*asked)
        except AppError:
            self.view = self.market = None
        finally:
            self._turning = False
        self._see()

    async def _turn(self, symbol: str, legs: Sequence[Leg]) -> None:
        if symbol != self.chains.symbol:
            await self.chains.turn(symbol)
            self._change = await daily_iv_change(self.services, symbol)
        days = {leg.expiry for leg in legs}
        await self.chains.hold(days | set(self.chains.listed[:1]))

    def _see(self) -> None:
        ready = self.chains.symbol == self._symbol
        self.view = self.chains.view() if ready else None
        known = self.view is not None and self.view.spot > 0
        self.market = self.view.market(self.sticky) if self.view is not None and known else None
        self._listeners.tell(Topic.MARKET)
        self._pictures.ask()

    def _question(self) -> Callable[[], Picture | None] | None:
        market, counted, when = self.market, self.counted, self.when
        if market is None:
            return None
        if not counted:
            return lambda: None
        shift, change = self.iv_shift, self._change
        return lambda: picture(counted, market, when, iv_shift=shift, daily_iv_change=change)

    def _answer(self, found: Picture | None) -> None:
        self.picture = found
        self._listeners.tell(Topic.PICTURE)


def _known(leg: Leg) -> bool:
    return leg.price == leg.price
