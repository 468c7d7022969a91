"""Which units make a strategy: chosen from what is held, or from another strategy."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from nicegui import ui

from core.errors import AppError, RuleBroken
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument
from core.trading.groups import StrategyGroup
from core.trading.ledger import Holding
from ui.components.fields import button, text_field
from ui.strategies.rules_dialog import tell_problem
from ui.theme import formats

Shares = dict[Holding, int]
Prices = dict[Holding, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Units of a holding that can be chosen; `foreign` of them were not traded by this desk."""

    at: Holding
    units: int
    contract: Instrument | None
    foreign: int = 0
    average: Decimal | None = None

    @property
    def lot(self) -> int:
        return max(self.contract.lot_size, 1) if self.contract else 1

    @property
    def name(self) -> str:
        return self.contract.symbol if self.contract else str(self.at[0])


@dataclass(slots=True)
class Chosen:
    """What was asked for as the dialog ended."""

    shares: Shares
    prices: Prices
    name: str
    adopt: bool


Use = Callable[[Chosen], Awaitable[object]]


@dataclass(slots=True)
class _Row:
    offer: Offer
    tick: ui.checkbox
    lots: ui.input
    price: ui.input | None = field(default=None)


class SharesForm:
    """`use` is asked with what was chosen; the dialog stays while that is refused."""

    def __init__(
        self,
        title: str,
        offers: Sequence[Offer],
        use: Use,
        *,
        go: str,
        named: bool = True,
        all_ticked: bool = False,
    ) -> None:
        self._use = use
        self._rows: list[_Row] = []
        self._busy = False
        with ui.dialog() as self.dialog, ui.element("div").classes("sheet strategy-shares"):
            ui.label(title).classes("sheet-title")
            with ui.element("div").classes("share-list"):
                for n, offer in enumerate(offers):
                    self._row(n, offer, ticked=all_ticked and not offer.foreign)
            foreign = any(offer.foreign for offer in offers)
            self._adopt = ui.checkbox("Adopt units that were traded elsewhere or before today")
            self._adopt.props('dense size="xs" data-testid="shares-adopt"').mark("shares-adopt")
            self._adopt.props('title="From then on rules may close them"')
            self._adopt.set_visibility(foreign)
            self._name = text_field("Name", "shares-name", hint="what its legs make")
            if not named:
                assert self._name.parent_slot is not None
                self._name.parent_slot.parent.set_visibility(False)
            with ui.element("div").classes("card-actions"):
                button(go, "shares-go", self.go, primary=True)
                button("Leave it", "shares-leave", self.dialog.close)
        self.dialog.open()

    def _row(self, n: int, offer: Offer, *, ticked: bool) -> None:
        with ui.element("div").classes("share-row"):
            tick = ui.checkbox(f"{offer.name} · {offer.at[1]}", value=ticked)
            tick.props(f'dense size="xs" data-testid="share-{n}"').mark(f"share-{n}")
            lots = text_field(
                "units" if offer.lot == 1 else f"lots of {offer.lot}",
                f"share-{n}-lots",
                value=f"{offer.units / offer.lot:g}",
            )
            price = None
            if offer.average is None:
                price = text_field("what a unit cost", f"share-{n}-price", hint="not known")
            else:
                ui.label(f"at {formats.rupees(float(offer.average))}").classes("dim num")
            if offer.foreign:
                whole = abs(offer.foreign) == abs(offer.units)
                said = "not traded by this desk today" if whole else "in part not traded here today"
                ui.label(said).classes("warn foreign")
            self._rows.append(_Row(offer, tick, lots, price))

    async def go(self) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            await self._use(self.chosen())
        except AppError as problem:
            tell_problem(problem)
        else:
            self.dialog.close()
        finally:
            self._busy = False

    def chosen(self) -> Chosen:
        """As ticked and typed; raises RuleBroken for what is no number."""
        shares, prices = Shares(), Prices()
        for row in self._rows:
            if row.tick.value:
                shares[row.offer.at] = _units(row)
                if row.price is not None and str(row.price.value or "").strip():
                    prices[row.offer.at] = _price(str(row.price.value))
        return Chosen(shares, prices, str(self._name.value or ""), bool(self._adopt.value))


async def choose(form: SharesForm) -> None:
    await form.dialog
    form.dialog.delete()


def offers_of(
    group: StrategyGroup, contract: Callable[[InstrumentKey], Instrument | None]
) -> list[Offer]:
    """A strategy's own units, at what they cost."""
    return [
        Offer(
            at=at,
            units=units,
            contract=contract(at[0]),
            average=group.position(at).average_price,
        )
        for at, units in group.held().items()
    ]


def _units(row: _Row) -> int:
    text = str(row.lots.value or "").replace(",", "").strip()
    try:
        units = float(text) * row.offer.lot
    except ValueError as problem:
        raise RuleBroken(f"“{text}” is no number of lots for {row.offer.name}.") from problem
    if units != int(units):
        raise RuleBroken(f"{text} lots of {row.offer.name} are not whole units.")
    return int(units)


def _price(text: str) -> Decimal:
    try:
        found = Decimal(text.replace(",", "").replace("₹", "").strip())
    except InvalidOperation as problem:
        raise RuleBroken(f"“{text}” is no price.") from problem
    if not (found.is_finite() and found >= 0):
        raise RuleBroken(f"“{text}” is no price.")
    return found
