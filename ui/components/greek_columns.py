"""What the Greeks page shows of a chain: greeks a unit, rupees a lot, or three conventions."""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.sides import CALL, IS_CALL, PUT
from core.pricing.conventions import TERMS, Convention, Solved, solve, upstox_level, years_by
from core.pricing.greeks import full_greeks
from core.services.chain_picture import ChainPicture
from ui.components.heat_grid import STRIKES, HeatColumn, HeatGroup

Floats = NDArray[np.float64]

PERCENT: Final = 0.01
SIDES: Final = (("Calls", "CE", CALL), ("Puts", "PE", PUT))


class View(StrEnum):
    GREEKS = "greeks"
    CASH = "cash"
    CONVENTIONS = "conventions"


TITLES: Final = {View.GREEKS: "Greeks", View.CASH: "Cash", View.CONVENTIONS: "Conventions"}

OF_A_SIDE: Final = (
    HeatColumn(name="delta", title="Δ", tip="Delta: ∂V/∂F, of the contract for 1 of the forward"),
    HeatColumn(name="theta", title="Θ", tip="Theta: change of the price in one calendar day"),
    HeatColumn(name="rho", title="ρ", tip="Rho: change of the price for one point of rate"),
    HeatColumn(name="charm", title="Charm", tip="Change of delta in one calendar day"),
)
OF_BOTH: Final = (
    HeatColumn(name="iv", title="IV", tip="Implied volatility, per cent a year", format="percent"),
    HeatColumn(name="gamma", title="Γ", tip="Gamma: ∂²V/∂F², change of delta for 1 of the forward"),
    HeatColumn(name="vega", title="Vega", tip="Change of the price for one vol point"),
    HeatColumn(name="vanna", title="Vanna", tip="Change of delta for one vol point"),
    HeatColumn(name="volga", title="Volga", tip="Change of vega for one vol point (vomma)"),
    HeatColumn(name="speed", title="Speed", tip="Change of gamma for 1 of the forward"),
    HeatColumn(name="colour", title="Colour", tip="Change of gamma in one calendar day"),
)
CASH_OF_A_SIDE: Final = (
    HeatColumn(
        name="price",
        title="Mid",
        tip="Middle of the quotes, else the last trade",
        format="price",
        heat=False,
        missing="No quote and no trade",
    ),
    HeatColumn(
        name="delta-cash",
        title="Δ ₹/1%",
        tip="₹ a lot for a rise of the forward by 1 %: Δ·F·1 %·lot",
        format="lakh",
    ),
    HeatColumn(
        name="theta-cash", title="Θ ₹/day", tip="₹ a lot for one calendar day", format="lakh"
    ),
    HeatColumn(
        name="charm-cash",
        title="Charm ₹/day",
        tip="Change of Δ ₹/1% in one calendar day",
        format="lakh",
    ),
)
CASH_OF_BOTH: Final = (
    HeatColumn(
        name="gamma-cash",
        title="Γ ₹/1%",
        tip="₹ that the next 1 % adds to the delta's: Γ·(1 %·F)²·lot",
        format="lakh",
    ),
    HeatColumn(name="vega-cash", title="Vega ₹/pt", tip="₹ a lot for one vol point", format="lakh"),
    HeatColumn(
        name="vanna-cash",
        title="Vanna ₹/pt",
        tip="Change of Δ ₹/1% for one vol point",
        format="lakh",
    ),
    HeatColumn(
        name="volga-cash",
        title="Volga ₹/pt",
        tip="Change of the vega's ₹ for one vol point",
        format="lakh",
    ),
)
COMPARED: Final = ("iv", "delta", "gamma", "theta", "vega")
COMPARED_TITLES: Final = {
    "iv": "IV",
    "delta": "Delta",
    "gamma": "Gamma",
    "theta": "Theta",
    "vega": "Vega",
}
SENT: Final = "sent"
SHORT: Final = {Convention.OURS: "Ours", Convention.NSE: "NSE", Convention.UPSTOX: "Upstox"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Groups of columns, and their numbers: (strikes, columns)."""

    groups: tuple[HeatGroup, ...]
    values: Floats


def sheet(view: View, side: int, picture: ChainPicture, sent: dict[str, Floats]) -> Sheet:
    """`side` is what the comparison is of; `sent` the broker's own greeks, empty for a record."""
    if view is View.CONVENTIONS:
        return _compared(picture, side, sent)
    cash = view is View.CASH
    of_a_side, of_both = (CASH_OF_A_SIDE, CASH_OF_BOTH) if cash else (OF_A_SIDE, OF_BOTH)
    numbers = _cash(picture) if cash else _greeks(picture)
    return Sheet(
        groups=(_sided("CE", of_a_side[::-1]), STRIKES, _sided("PE", of_a_side), _both(of_both)),
        values=np.stack(
            [
                *(numbers[column.name][CALL] for column in of_a_side[::-1]),
                *(numbers[column.name][PUT] for column in of_a_side),
                *(_known(numbers[column.name]) for column in of_both),
            ],
            axis=1,
        ),
    )


def _sided(code: str, columns: tuple[HeatColumn, ...]) -> HeatGroup:
    title = next(title for title, each, _ in SIDES if each == code)
    return HeatGroup(
        title=title, side=code, columns=tuple(replace(column, side=code) for column in columns)
    )


def _both(columns: tuple[HeatColumn, ...]) -> HeatGroup:
    """By put-call parity on one forward a call and a put have these alike."""
    return HeatGroup(title="Call and put alike", columns=columns)


def _known(values: Floats) -> Floats:
    return np.asarray(np.where(np.isfinite(values[CALL]), values[CALL], values[PUT]))


def _greeks(picture: ChainPicture) -> dict[str, Floats]:
    g = full_greeks(
        picture.forward, picture.strikes, picture.years, picture.iv, picture.discount, IS_CALL
    )
    names = (c.name for c in (*OF_A_SIDE, *OF_BOTH) if c.name != "iv")
    return {"iv": picture.iv} | {name: getattr(g, name) for name in names}


def _cash(picture: ChainPicture) -> dict[str, Floats]:
    g, lot = _greeks(picture), float(picture.lot_size)
    percent = picture.forward * PERCENT
    return {
        "price": picture.price,
        "delta-cash": g["delta"] * percent * lot,
        "gamma-cash": g["gamma"] * percent**2 * lot,
        "vega-cash": g["vega"] * lot,
        "theta-cash": g["theta"] * lot,
        "vanna-cash": g["vanna"] * percent * lot,
        "charm-cash": g["charm"] * percent * lot,
        "volga-cash": g["volga"] * lot,
    }


def _compared(picture: ChainPicture, side: int, sent: dict[str, Floats]) -> Sheet:
    """Of one side: each greek by three conventions, and as the broker sent it."""
    code = SIDES[side][1]
    solved = {each: _solved(each, picture, sent) for each in Convention}
    groups, columns = [STRIKES], []
    for greek in COMPARED:
        names = [
            *(
                _column(greek, str(each), SHORT[each], code, TERMS[each].model)
                for each in Convention
            ),
            _column(greek, SENT, "Sent", code, "As the broker's feed sends it"),
        ]
        groups.append(HeatGroup(title=COMPARED_TITLES[greek], side=code, columns=tuple(names)))
        columns += [_of(solved[each], greek)[side] for each in Convention]
        columns.append(sent[greek][side] if greek in sent else np.full(len(picture.strikes), nan))
    return Sheet(groups=tuple(groups), values=np.stack(columns, axis=1))


def _solved(convention: Convention, picture: ChainPicture, sent: dict[str, Floats]) -> Solved:
    level, years = nan, years_by(convention, picture.closes_at, picture.at)
    if convention is Convention.UPSTOX and sent:
        level = upstox_level(
            picture.strikes, sent["iv"], sent["delta"], years, IS_CALL, picture.spot
        )
    return solve(
        convention,
        price=picture.price,
        strikes=picture.strikes,
        spot=picture.spot,
        forward=picture.forward,
        years=years,
        rate=picture.rate,
        call=IS_CALL,
        level=level,
    )


def _of(solved: Solved, greek: str) -> Floats:
    found: Floats = solved.iv if greek == "iv" else getattr(solved.greeks, greek)
    return found


def _column(greek: str, who: str, title: str, code: str, tip: str) -> HeatColumn:
    return HeatColumn(
        name=f"{greek}-{who}",
        title=title,
        tip=f"{COMPARED_TITLES[greek]}: {tip}",
        side=code,
        format="percent" if greek == "iv" else "auto",
        heat=False,
        label=f"{COMPARED_TITLES[greek]} · {title}",
        missing="Not sent in a record or not solved"
        if who == SENT
        else "No volatility gives this price by this convention",
    )
