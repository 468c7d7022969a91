"""Strategy watch: what each group is worth at live prices, and its minutes of profit and loss."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import nan
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from core.clock import Clock
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.instrument import Instrument, Kind, Right
from core.ports.feed import FeedMode
from core.ports.repositories import InstrumentRepository
from core.ports.strategies import StrategyRepository
from core.services.risk_gate import RiskGate
from core.services.subscriptions import Subscriptions
from core.state.freshness import Freshness, freshness, why
from core.state.health import FeedHealth
from core.state.market import Col, MarketState
from core.state.session import Login, SessionState
from core.state.strategies import StrategyState, View
from core.state.trading import TradingState
from core.strategies import recognise
from core.strategies.legs import Leg, LegKind
from core.strategies.tracking import DraftMinute, Mark, MinuteOfPnl, PnlCandles
from core.trading.exit_rules import Phase
from core.trading.group_numbers import Stake, stake
from core.trading.groups import Lot, StrategyGroup, claims, lacking
from core.trading.ledger import Holding
from core.trading.positions import Position

log = structlog.get_logger(__name__)

OWNER: Final = "strategies"
MOST_WAITING: Final = 20_000
"""Minutes that wait for a database that does not answer; beyond it, the oldest are let go."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is counted once of a group's lots; `rows` are of its legs in the market's table."""

    lots: tuple[Lot, ...]
    positions: list[Position]
    stake: Stake
    rows: NDArray[np.int64]


class StrategyWatch:
    def __init__(
        self,
        *,
        state: StrategyState,
        trading: TradingState,
        gate: RiskGate,
        groups: StrategyRepository,
        market: MarketState,
        feed: FeedHealth,
        session: SessionState,
        subscriptions: Subscriptions,
        instruments: InstrumentRepository,
        calendar: MarketCalendar,
        clock: Clock,
    ) -> None:
        self._state, self._trading, self._gate, self._groups = state, trading, gate, groups
        self._market, self._feed, self._session = market, feed, session
        self._subscriptions, self._instruments = subscriptions, instruments
        self._calendar, self._clock = calendar, clock
        self._listed: dict[InstrumentKey, Instrument] = {}
        self._known: dict[str, _Known] = {}
        self._missing: dict[str, dict[Holding, int]] = {}
        self._compared = (-1, -1)
        self._rows: dict[int, set[str]] = {}
        self._minutes: dict[str, MinuteOfPnl] = {}
        self._waiting: list[DraftMinute] = []

    @property
    def trading(self) -> bool:
        """Whether rules may act: the market is open."""
        return self._session.trading

    def shut(self) -> str:
        """Why no order can be sent at all now, not even an exit; empty when it can."""
        if halted := self._gate.halted():
            return halted
        if self._session.login is not Login.OK:
            return f"the broker takes no orders: {self._session.login}"
        if self._trading.reconciled_at is None:
            return "orders wait until all was compared with the broker once"
        if self._gate.needs_arming and not self._trading.armed:
            return "live orders are not armed in this session"
        return ""

    async def learn(self) -> None:
        """Read the contracts that groups hold and that are not known yet."""
        wanted = {lot.key for group in self._state.groups.values() for lot in group.lots}
        if missing := sorted(wanted - self._listed.keys()):
            self._listed |= await self._instruments.get_many(missing)
            self._known.clear()

    def forget(self) -> None:
        """A new day lists anew."""
        self._listed.clear()
        self._known.clear()

    def positions(self, group: StrategyGroup) -> list[Position]:
        return self._know(group).positions

    def look_at(self, group: StrategyGroup) -> View:
        """What a group is worth now; kept as its view."""
        known, missing = self._know(group), self._lacking(group)
        found = known.stake.at(self.price, self._blind(known, bool(missing)))
        view = View(at=self._clock.now(), numbers=found, lacking=missing)
        self._state.views[group.id] = view
        return view

    def price(self, key: InstrumentKey) -> float:
        """The middle of the quotes, else the last price; nan where there is none."""
        row = self._market.known(key)
        if row is None:
            return nan
        bid, ask, last = self._market.values[row, [Col.BID, Col.ASK, Col.LTP]].tolist()
        return (bid + ask) / 2 if 0 < bid <= ask else last if last > 0 else nan

    def money(self, group: StrategyGroup) -> float:
        """Where the underlying of a group stands; nan where it has none, or several."""
        keys = self._underlyings(group)
        return self._market.get(keys.pop(), Col.LTP) if len(keys) == 1 else nan

    def hold(self) -> None:
        """Hear of every contract that a group holds, or waits to hold again."""
        active = self._state.active()
        keys = {at[0] for group in active for at in group.held()}
        for group in self._state.groups.values():
            if group.state.phase in (Phase.WAITING, Phase.ENTERING) and group.run is not None:
                keys |= {key for key, _, _ in group.run.legs}
            if group.watches and group.rules.reentry is not None:
                keys |= self._underlyings(group)
        wishes = dict.fromkeys(sorted(keys), FeedMode.FULL)
        self._market.rows_of(wishes)  # so that a row is there before the first tick
        rows: dict[int, set[str]] = defaultdict(set)
        for group in active:
            if group.state.phase is Phase.ARMED:
                for key, _ in group.held():
                    rows[self._market.row(key)].add(group.id)
        self._rows = rows
        if wishes:
            self._subscriptions.hold(OWNER, wishes)
        else:
            self._subscriptions.release(OWNER)

    def concerned(self, rows: Iterable[int]) -> list[str]:
        """Armed groups that hold a contract of these rows."""
        if not self._rows:
            return []
        return sorted({id for row in rows if row in self._rows for id in self._rows[row]})

    def title(self, group: StrategyGroup) -> str:
        """Its name, or what its legs make."""
        legs = group.held() or group.at_its_largest()
        return group.name or recognise.title(self._legs_of(legs))

    def legs(self, group: StrategyGroup) -> list[Leg]:
        """The open positions of listed contracts, as legs of a strategy."""
        found = []
        for position in self.positions(group):
            contract = self._listed.get(position.key)
            if position.quantity and contract is not None and contract.expiry is not None:
                found.append(self.leg(contract, position.quantity, float(position.average_price)))
        return found

    def _legs_of(self, units: Mapping[Holding, int]) -> list[Leg]:
        known = ((self._listed.get(at[0]), n) for at, n in units.items())
        return [self.leg(each, n) for each, n in known if each is not None and each.expiry]

    def leg(self, contract: Instrument, units: int, price: float = nan) -> Leg:
        assert contract.expiry is not None
        rights = {Kind.CALL: Right.CALL, Kind.PUT: Right.PUT}
        return Leg(
            key=contract.key,
            symbol=contract.underlying_symbol,
            kind=LegKind.OPTION if contract.is_option else LegKind.FUTURE,
            right=rights.get(contract.kind),
            strike=contract.strike,
            expiry=contract.expiry,
            closes_at=self._calendar.close_of(contract.expiry),
            lot_size=contract.lot_size,
            lots=0,
            price=price,
        ).of_quantity(units)

    def contract(self, key: InstrumentKey) -> Instrument | None:
        return self._listed.get(key)

    def take_minutes(self) -> None:
        """One more look for the candles; only prices that can be believed."""
        now = self._clock.now()
        minute = now.astimezone(UTC).replace(second=0, microsecond=0)
        for group in self._state.active():
            view, candle = self._state.views.get(group.id), self._candle(group.id)
            good = view is not None and self.trading and not view.numbers.blind
            mark = Mark(at=now, pnl=view.numbers.pnl, spot=nan) if view and good else None
            done = candle.add(mark) if mark else candle.close_before(minute)
            self._waiting += [done] if done else []
        open_now = {group.id for group in self._state.active()}
        for id in self._minutes.keys() - open_now:
            done = self._minutes.pop(id).take()
            self._waiting += [done] if done else []
        if (extra := len(self._waiting) - MOST_WAITING) > 0:
            log.error("strategies.full", lost=extra)
            del self._waiting[:extra]

    def end_minutes(self) -> None:
        """The minute that runs is kept as it stands."""
        self._waiting += [done for each in self._minutes.values() if (done := each.take())]

    async def flush(self) -> None:
        if waiting := list(self._waiting):
            await self._groups.save_minutes(waiting)
            del self._waiting[: len(waiting)]

    async def candles(self, id: str, first: datetime, last: datetime) -> PnlCandles:
        """Minutes of profit and loss that start in [first, last), without the one that runs."""
        return await self._groups.minutes(id, first, last)

    def _underlyings(self, group: StrategyGroup) -> set[InstrumentKey]:
        legs = {at[0] for at in group.held()} | {
            leg[0] for leg in (group.run.legs if group.run else ())
        }
        known = (self._listed.get(key) for key in legs)
        return {each.underlying_key for each in known if each and each.underlying_key}

    def _candle(self, id: str) -> MinuteOfPnl:
        return self._minutes.setdefault(id, MinuteOfPnl(id))

    def _know(self, group: StrategyGroup) -> "_Known":
        """Counted anew only where lots, or the contracts that are known, have changed."""
        known = self._known.get(group.id)
        if known is None or known.lots is not group.lots:
            positions = group.positions()
            made = stake(positions, self._listed)
            rows = self._market.rows_of([key for key, _ in made.legs])
            known = self._known[group.id] = _Known(group.lots, positions, made, rows)
        return known

    def _lacking(self, group: StrategyGroup) -> dict[Holding, int]:
        """Compared anew only where groups or books have changed."""
        now = (self._state.revision, self._trading.revision)
        if now != self._compared:
            active = self._state.active()
            claimed = claims(active)
            held = {at: self._trading.held(*at) for at in claimed}
            self._missing = {each.id: lacking(each, held, claimed) for each in active}
            self._compared = now
        return self._missing.get(group.id, {})

    def _blind(self, known: "_Known", missing: bool) -> str:
        """Why the group's numbers are not to be believed now."""
        if missing:
            return "more units are counted to it than are really held"
        keys, rows = [key for key, _ in known.stake.legs], known.rows
        if not keys:
            return "nothing of it is open"
        now = self._clock.now()
        states = freshness(self._market, self._feed, self._session, rows, now)
        worst = int(np.argmax(states))
        if states[worst] != Freshness.LIVE:
            text = why(self._market, self._feed, int(rows[worst]), Freshness(int(states[worst])))
            contract = self._listed.get(keys[worst])
            return f"{contract.symbol if contract else keys[worst]}: {text[:1].lower()}{text[1:]}"
        if any(self.price(key) != self.price(key) for key in keys):
            return "a price is not known"
        return ""
