"""Day books: what the day has made of every holding, counted anew only where something changed."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from core.charges.charges import Charges
from core.errors import AppError
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument
from core.money import rupees
from core.state.market import Col, MarketState
from core.state.trading import TradingState
from core.trading.ledger import Holding, Ledger
from core.trading.positions import Position
from core.trading.results import Exact, Moved, Quote, Result, Told, add_up, moves, result

Known = Mapping[InstrumentKey, Instrument]


class DayBooks:
    """The one home of profit and loss: the gate's limits and the screens ask here."""

    def __init__(self, state: TradingState, market: MarketState) -> None:
        self._state, self._market = state, market
        self._of: Ledger = state.ledger
        self._charges: dict[Holding, tuple[int, Charges]] = {}

    def results(self, known: Known) -> list[Result]:
        """Of all that is held or was traded today; `known` are the contracts, for the charges."""
        state = self._state
        if self._of is not state.ledger:
            self._of = state.ledger
            self._charges.clear()
        traded = [(position.key, position.product) for position in state.ledger.positions()]
        every = dict.fromkeys([*traded, *state.openings, *state.adjustments])
        moved = self._moves() if state.adjustments else {}
        return [self._result(at, known, moved.get(at)) for at in every]

    def net(self, known: Known) -> Exact:
        """The day's result after charges, None while a part of it is not known."""
        return add_up(self.results(known)).net

    def _result(self, at: Holding, known: Known, moved: Moved | None) -> Result:
        return result(
            at,
            self._state.ledger,
            quote=self._quote(at[0]),
            charges=self._charges_of(at, known),
            opening=self._state.openings.get(at, 0),
            moved=moved,
            told=self._told(at),
        )

    def _quote(self, key: InstrumentKey) -> Quote:
        return Quote(last=self._price(key, Col.LTP), close=self._price(key, Col.CLOSE))

    def _price(self, key: InstrumentKey, col: Col) -> Decimal | None:
        found = self._market.get(key, col)
        return rupees(found) if found > 0 else None

    def _told(self, at: Holding) -> Told | None:
        said = self._state.broker_positions.get(at)
        return None if said is None else Told(units=said.quantity, average=said.average_price)

    def _charges_of(self, at: Holding, known: Known) -> Charges | None:
        """None for a contract or a day that the tables do not know."""
        entries = self._state.ledger.entries(at)
        if not entries:
            return Charges()
        kept = self._charges.get(at)
        if kept is not None and kept[0] == entries:
            return kept[1]
        try:
            found = self._state.ledger.charges_of(at, known)
        except AppError:
            return None
        self._charges[at] = (entries, found)
        return found

    def _moves(self) -> dict[Holding, Moved]:
        state = self._state
        told = {at: said for at in state.adjustments if (said := self._told(at)) is not None}
        return moves(state.adjustments, self._units_before, self._average_before, told)

    def _units_before(self, at: Holding) -> int:
        return self._state.openings.get(at, 0) + self._state.ledger.position(*at).quantity

    def _average_before(self, at: Holding) -> Exact:
        """Of the units that were there before a correction, as the day counts them."""
        opening = self._state.openings.get(at, 0)
        close = self._price(at[0], Col.CLOSE)
        if opening and close is None:
            return None
        cost = Fraction(0) if close is None else opening * Fraction(close)
        start = Position(key=at[0], product=at[1], quantity=opening, cost=cost)
        after = self._state.ledger.position_from(start)
        return after.cost / after.quantity if after.quantity else None
