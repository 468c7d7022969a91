"""Option minutes in long form, one row for each contract and minute (Parquet or CSV).

Understood are columns named after what they hold: timestamp, symbol, expiry, strike, option_type,
spot, ltp, volume, oi, bid, ask. Times are India's. Sizes are in contracts unless the user says that
a lot is 1; volatilities and greeks of the file are left out, ours are computed from the prices.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import BadData
from core.ports.imports import Choice, Home
from data.sources import chains
from data.sources.found import SAMPLE, Found, Rules, chain_words
from data.sources.moments import days_of, times_of
from data.sources.sheet import Sheet

Floats = NDArray[np.float64]

NEEDED: Final = ("timestamp", "expiry", "strike", "option_type", "ltp")
PLAIN: Final = {
    "NIFTY50": "NIFTY",
    "NIFTY 50": "NIFTY",
    "NIFTYBANK": "BANKNIFTY",
    "NIFTY BANK": "BANKNIFTY",
}
"""What others call an index, and we."""
SIZES: Final = ("volume", "oi")


def fits(sheet: Sheet) -> bool:
    return sheet.has(*NEEDED)


def read(sheet: Sheet, choice: Choice, rules: Rules) -> Found:
    wrong = sheet.complaints
    seconds = times_of(sheet.texts("timestamp"), choice.zone or "Asia/Kolkata")
    expiries = days_of(sheet.texts("expiry"))
    strikes = sheet.numbers("strike", needed=True)
    rights = np.array([each.upper()[:1] for each in sheet.texts("option_type")])
    wrong.add(sheet.row_of[np.isnan(seconds)], "its timestamp is no time")
    wrong.add(sheet.row_of[[each is None for each in expiries]], "its expiry is no day")
    wrong.add(sheet.row_of[~np.isin(rights, ("C", "P"))], "neither a call nor a put")
    wrong.add(sheet.row_of[~(strikes > 0)], "an option without a strike")
    names = _names(sheet, choice)
    values = {
        name: sheet.numbers(name)
        for name in ("ltp", "bid", "ask", *SIZES, "spot")
        if sheet.has(name)
    }
    good = np.flatnonzero(~np.isin(sheet.row_of, sorted(wrong.rows)))
    if not len(good):
        raise BadData("no row of this file can be read")
    minutes = (seconds[good] // 60).astype(np.int64)
    lots, said = _lots(names[good], expiries[good], minutes, choice, rules)
    found = chains.Contracts(
        symbol=names[good].tolist(),
        expiry=expiries[good].tolist(),
        minute=minutes,
        strike=strikes[good],
        put=rights[good] == "P",
        values=_clean({name: each[good] for name, each in values.items()}, lots),
    )
    days = chains.days(found)
    notes = [
        said,
        "times are India's; the file's own volatilities and greeks are left out: ours are computed",
    ]
    return Found(
        title="Option minutes, one row for each contract and minute",
        source="option minutes",
        home=Home.OPTION_DAYS,
        makes=chain_words(days),
        rows=len(good),
        heads=sheet.heads,
        sample=sheet.beginning(SAMPLE),
        complaints=wrong,
        choice=replace(choice, symbol=choice.symbol or str(names[good][0])),
        asks=("symbol", "lot"),
        notes=tuple(notes),
        days=days,
    )


def _names(sheet: Sheet, choice: Choice) -> NDArray[np.str_]:
    if choice.symbol or not sheet.has("symbol"):
        if not choice.symbol:
            raise BadData("there is no column 'symbol': say which underlying it is")
        return np.full(len(sheet), choice.symbol)
    return np.array([PLAIN.get(each.upper(), each.upper()) for each in sheet.texts("symbol")])


def _clean(values: Mapping[str, Floats], lots: Floats) -> dict[str, Floats]:
    """Untraded is unknown, sizes in units, and the noise of 32-bit prices gone (to the paisa)."""
    found = {}
    for name, each in values.items():
        if name in SIZES:
            found[name] = np.rint(each * lots)
        else:
            found[name] = np.where(each > 0, np.round(each, 2), nan)
    return found


def _lots(
    names: NDArray[np.str_],
    expiries: NDArray[np.object_],
    minutes: NDArray[np.int64],
    choice: Choice,
    rules: Rules,
) -> tuple[Floats, str]:
    if choice.lot:
        return np.full(len(names), float(choice.lot)), f"sizes to units by a lot of {choice.lot}"
    days = {minute: chains.day_of(minute) for minute in np.unique(minutes).tolist()}
    of_row = [days[minute] for minute in minutes.tolist()]
    told = list(zip(names.tolist(), expiries.tolist(), of_row, strict=True))
    lots = {each: rules.lot(*each) or nan for each in dict.fromkeys(told)}
    found = sorted({lot for lot in lots.values() if lot == lot})
    words = ", ".join(f"{lot:.0f}" for lot in found) or "unknown: no open interest and volume"
    return np.array([lots[each] for each in told]), f"contracts to units by the lot: {words}"
