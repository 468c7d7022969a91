"""What is held, made into legs of a basket: closed, rolled, reversed."""

from collections.abc import Collection, Sequence
from datetime import date

from core.errors import AppError, RuleBroken
from core.instruments.instrument import Instrument, Kind
from core.services import Services
from core.services.trading import Trading
from core.trading.exits import Cut, Held
from core.trading.ledger import Holding
from core.trading.pricing import Pricing
from core.trading.requests import Side
from ui.basket.form import Row


async def held(trading: Trading, wanted: Collection[Holding] = ()) -> list[Held]:
    """What is held now, or those of it that are wanted; what is not listed is left out."""
    picture, found = trading.portfolio.picture(), []
    for (key, product), units in trading.state.holdings().items():
        if wanted and (key, product) not in wanted:
            continue
        try:
            instrument = await trading.gate.know(key)
        except AppError:
            continue
        line = picture.of(key, product)
        result = None if line is None else line.result.since_entry
        found.append(
            Held(
                key=key,
                product=product,
                units=units,
                lot_size=instrument.lot_size,
                title=instrument.symbol,
                symbol=instrument.underlying_symbol or instrument.symbol,
                result=float("nan") if result is None else float(result),
            )
        )
    return sorted(found, key=lambda each: (each.symbol, each.title))


async def closing_rows(trading: Trading, cuts: Sequence[Cut]) -> list[Row]:
    """Of all that is to be closed."""
    return [
        _closing(await trading.gate.know(cut.held.key), cut.held, cut.units)
        for cut in cuts
        if cut.units
    ]


async def reversed_rows(trading: Trading, holdings: Sequence[Held]) -> list[Row]:
    """Closed, and opened the other way round."""
    rows = []
    for each in holdings:
        row = _closing(await trading.gate.know(each.key), each, each.lots * each.lot_size)
        rows += [row, _opening(row.instrument, row.side, row.lots, each)]
    return rows


async def rolled_rows(
    services: Services, trading: Trading, holdings: Sequence[Held], expiry: date, shift: int = 0
) -> list[Row]:
    """Closed, and opened again in another expiry, `shift` strikes higher.

    Raises RuleBroken where there is no such contract.
    """
    rows = []
    for each in holdings:
        instrument = await trading.gate.know(each.key)
        target = await rolled_to(services, instrument, expiry, shift)
        if target.key == instrument.key:
            raise RuleBroken(f"{instrument.symbol} would be rolled into itself")
        same = Side.BUY if each.units > 0 else Side.SELL
        rows.append(_closing(instrument, each, each.lots * each.lot_size))
        rows.append(_opening(target, same, each.lots, each))
    return rows


async def rolled_to(
    services: Services, instrument: Instrument, expiry: date, shift: int = 0
) -> Instrument:
    """The same kind of contract in another expiry; raises RuleBroken where there is none."""
    symbol = instrument.underlying_symbol
    if instrument.kind is Kind.FUTURE:
        listed = await services.instruments.futures(symbol)
        found = next((each for each in listed if each.expiry == expiry), None)
        if found is None:
            raise RuleBroken(f"there is no future on {symbol} of {expiry:%d %b %Y}")
        return found
    options = await services.instruments.options(symbol, expiry)
    same = [each for each in options if each.kind is instrument.kind and each.strike]
    return _by_strike(same, instrument, expiry, shift)


def _by_strike(
    listed: Sequence[Instrument], instrument: Instrument, expiry: date, shift: int
) -> Instrument:
    """The nearest strike, then so many strikes on."""
    if not listed:
        raise RuleBroken(f"{instrument.underlying_symbol} has no such options of {expiry:%d %b %Y}")
    strike = instrument.strike or 0.0
    near = min(range(len(listed)), key=lambda at: abs((listed[at].strike or 0.0) - strike))
    at = near + shift
    if not 0 <= at < len(listed):
        raise RuleBroken(f"there are no {abs(shift)} strikes beyond {strike:g}")
    return listed[at]


async def roll_expiries(
    services: Services, trading: Trading, holdings: Sequence[Held]
) -> list[date]:
    """Into which all of them may be rolled, the nearest first."""
    symbols = {each.symbol for each in holdings}
    if len(symbols) != 1:
        raise RuleBroken("only positions on one underlying are rolled together")
    found = [await trading.gate.know(each.key) for each in holdings]
    if all(each.kind is Kind.FUTURE for each in found):
        futures = await services.instruments.futures(found[0].underlying_symbol)
        return [each.expiry for each in futures if each.expiry is not None]
    if any(not each.is_option for each in found):
        raise RuleBroken("options and futures are rolled apart")
    return await services.instruments.expiries(found[0].underlying_symbol)


def _closing(instrument: Instrument, held: Held, units: int) -> Row:
    return Row(
        instrument=instrument,
        side=held.closing_side,
        lots=units // max(held.lot_size, 1),
        product=held.product,
        closes=True,
        how=Pricing.OTHER,
    )


def _opening(instrument: Instrument, side: Side, lots: int, held: Held) -> Row:
    return Row(instrument=instrument, side=side, lots=lots, product=held.product, how=Pricing.OTHER)
