"""The legs of the premium that is looked at, one by one: price, volatility, greeks of a unit."""

from typing import Final

import numpy as np

from core.analytics.forward import mids
from core.analytics.premium import PremiumLeg
from core.analytics.sides import CALL
from core.instruments.instrument import strike_text
from core.pricing.greeks import greeks
from core.services.chain_picture import ChainPicture
from ui.components.data_table import Column, DataTable, Row
from ui.components.premium_source import Premium
from ui.components.premium_structures import RIGHTS, legs_at
from ui.theme import formats

COLUMNS: Final = (
    Column(name="leg", title="Leg", width="86px"),
    Column(name="price", title="Price", classes="num right", tip="Mid, else the last trade (·)"),
    Column(name="iv", title="IV", classes="num right", tip="Black-76 on the forward"),
    Column(name="delta", title="Δ", classes="num right", tip="Of so many units as the ratio says"),
    Column(name="theta", title="Θ/day", classes="num right", tip="Rupees a calendar day"),
    Column(name="vega", title="Vega", classes="num right", tip="Rupees a vol point", width="44px"),
)
NONE: Final = "The strikes are not known now."


class PremiumLegs:
    def __init__(self) -> None:
        self._table = DataTable("premium-legs", COLUMNS, empty=NONE).classes("premium-legs-now")

    def show(self, premium: Premium, picture: ChainPicture) -> None:
        series = premium.series
        known = series is not None and len(series.minutes) and not premium.problem
        legs = legs_at(premium.chosen, series.strikes[-1]) if series is not None and known else ()
        self._table.show(_rows(premium, legs_numbers(legs, picture)) if legs else [])


Numbers = list[tuple[str, bool, list[float]]]
"""Of each leg: its name, whether its price is a last trade, and price, IV, delta, theta, vega."""


def legs_numbers(legs: tuple[PremiumLeg, ...], picture: ChainPicture) -> Numbers:
    """Price and IV of one unit; delta, theta and vega of as many as the ratio says, with sign."""
    found: Numbers = []
    price, quoted = picture.price, np.isfinite(mids(picture.bid, picture.ask))
    for leg in legs:
        at = int(np.searchsorted(picture.strikes, leg.strike))
        iv = float(picture.iv[leg.side, at])
        g = greeks(
            picture.forward, leg.strike, picture.years, iv, picture.discount, leg.side == CALL
        )
        sized = [leg.ratio * float(each) for each in (g.delta, g.theta, g.vega)]
        name = f"{leg.ratio:+g} {strike_text(leg.strike)} {RIGHTS[leg.side]}"
        numbers = [float(price[leg.side, at]), iv, *sized]
        found.append((name, not quoted[leg.side, at], numbers))
    return found


def _rows(premium: Premium, numbers: Numbers) -> list[Row]:
    rows = []
    for at, (name, traded, (price, iv, *sized)) in enumerate(numbers):
        written = f"{formats.price(price)}{'·' if traded and price == price else ''}"
        rows.append(_row(str(at), name, written, formats.percent(iv, 1), sized))
    whole = np.array([sized for _, _, (_, _, *sized) in numbers]).sum(axis=0)
    assert premium.series is not None
    value = formats.price(float(premium.series.value[-1]))
    return [*rows, _row("all", "Together", value, "", whole.tolist(), "together")]


def _row(id: str, name: str, price: str, iv: str, sized: list[float], classes: str = "") -> Row:
    delta, theta, vega = sized
    written = (formats.signed(delta), formats.signed(theta, 1), formats.signed(vega, 1))
    return Row(id, (name, price, iv, *written), classes)
