"""The arithmetic behind a result, in words: what a hover shows, and why a number is not known."""

from decimal import Decimal
from fractions import Fraction
from typing import Final

from core.charges.charges import HEADS, Charges
from core.money import RUPEE_STEP, written
from core.trading.positions import PAISA, decimal
from core.trading.results import Exact, Result, Sum

TITLES: Final = {
    "brokerage": "brokerage",
    "stt": "STT",
    "transaction": "exchange",
    "ipft": "IPFT",
    "sebi": "SEBI",
    "stamp": "stamp duty",
    "gst": "GST",
}


def said(exact: Exact) -> str:
    """To the paisa: `₹1,234.50`; `unknown`."""
    return "unknown" if exact is None else written(decimal(exact, PAISA))


def price(amount: Decimal | Fraction | None) -> str:
    """Rupees a unit, to 1/10000 where it has so many digits: `150.05`, `150.0233`."""
    if amount is None:
        return "unknown"
    exact = decimal(Fraction(amount), RUPEE_STEP)
    digits = 2 if exact == exact.quantize(PAISA) else 4
    return written(exact, digits).replace("₹", "")


def why(result: Result) -> str:
    """Why numbers of it are missing; empty when none is."""
    return _sentence("; ".join(result.why)) if result.why else ""


def realised(result: Result) -> str:
    """Sold less bought, and the cost of what is still open."""
    if result.position is None:
        return why(result)
    done, parts = result.turnover, []
    if done.sold:
        parts.append(f"sold {done.sold} for {written(done.got)}")
    if done.bought:
        parts.append(f"− bought {done.bought} for {written(done.paid)}")
    parts += _before(result)
    if result.units:
        parts.append(f"+ cost of the {result.units} open {said(result.position.cost)}")
    if not done.sold and not done.bought:
        return "Nothing was traded today."
    return _sentence(f"{' '.join(parts).removeprefix('− ')} = {said(result.realised)}")


def unrealised(result: Result) -> str:
    if not result.units:
        return "Nothing is open."
    if result.position is None or result.unrealised is None:
        return why(result)
    basis = result.position.cost / result.units
    from_close = " (units from before today count from yesterday's close)" if result.opening else ""
    return (
        f"{result.units} × ({price(result.quote.last)} − {price(basis)})"
        f" = {said(result.unrealised)}{from_close}"
    )


def since_entry(result: Result) -> str:
    if not result.units:
        return "Nothing is open."
    if result.since_entry is None:
        return why(result)
    return (
        f"{result.units} × ({price(result.quote.last)} − {price(result.average)} average)"
        f" = {said(result.since_entry)}"
    )


def charges(found: Charges | None) -> str:
    """By their heads; what was traded so far, not what closing would cost."""
    if found is None:
        return "Its charges are not known."
    heads = [(TITLES[name], Fraction(getattr(found, name))) for name in HEADS]
    told = [f"{title} {said(amount)}" for title, amount in heads if decimal(amount, PAISA)]
    return " + ".join(told) + f" = {said(Fraction(found.total))}" if told else "Nothing was traded."


def day(result: Result | Sum) -> str:
    if result.day is None:
        return _missing(result)
    return (
        f"realised {said(result.realised)} + unrealised {said(result.unrealised)}"
        f" = {said(result.day)}"
    )


def net(result: Result | Sum) -> str:
    if result.net is None:
        return _missing(result)
    return f"day {said(result.day)} − charges {said(result.paid)} = {said(result.net)}"


def average(result: Result) -> str:
    if not result.units:
        return "Nothing is open."
    if result.average is None:
        return why(result)
    whose = "The broker's average, of earlier days too." if result.opening else "Of today's fills."
    return f"{price(result.average)} a unit. {whose}"


def _missing(result: Result | Sum) -> str:
    if isinstance(result, Result):
        return why(result)
    many = "one position has" if result.unknown == 1 else f"{result.unknown} positions have"
    return f"Not known: {many} a number that is not known."


def _before(result: Result) -> list[str]:
    """What came in without a fill."""
    found = []
    if result.opening:
        close = result.quote.close
        value = None if close is None else result.opening * Fraction(close)
        found.append(f"− {result.opening} from before at the close {price(close)} {said(value)}")
    if result.moved.units:
        found.append(f"− {result.moved.units} moved in at {price(result.moved.price)}")
    return found


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
