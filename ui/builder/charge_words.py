"""What the builder says of charges and margin: what they are made of, and what is not counted."""

from decimal import Decimal
from math import gcd
from typing import Final

from core.charges.charges import HEADS, Charges
from core.errors import AppError
from core.risk.margin import MarginEstimate
from core.strategies.costs import exercise_charges, held_long
from core.strategies.picture import Picture
from core.strategies.wording import rupees
from ui.theme import formats

HEAD_NAMES: Final = {
    "brokerage": "Brokerage",
    "stt": "STT",
    "transaction": "Exchange",
    "ipft": "IPFT",
    "sebi": "SEBI",
    "stamp": "Stamp duty",
    "gst": "GST",
}
COUNTED: Final = "after charges to enter; charges to leave and STT on exercise are not counted"


def charges_tip(picture: Picture, fees: Charges) -> str:
    """The breakdown of what it costs to enter, and what may come on top at expiry."""
    heads = [f"{HEAD_NAMES[name]} {_exact(getattr(fees, name))}" for name in HEADS]
    lines = ["To enter, by the rates of today", *heads, _note(fees), _break_even(picture, fees)]
    return "\n".join([*lines, *_exercise(picture)])


def margin_lines(found: MarginEstimate) -> list[str]:
    """What our estimate is made of, and what the legs save by standing together."""
    lines = [f"Our estimate: SPAN {rupees(found.span)} + exposure {rupees(found.exposure)}"]
    if found.benefit >= 1:
        lines.append(f"The legs save {rupees(found.benefit)} by standing together")
    if found.premium < 0:
        lines.append(f"Less the premium that comes in, {rupees(found.after_premium)}")
    return lines


def _note(fees: Charges) -> str:
    return f"As contract notes round it {_exact(fees.contract_note().total)}"


def _break_even(picture: Picture, fees: Charges) -> str:
    """Of the whole position, counted in the units that all its legs have in common."""
    units = gcd(*(abs(leg.quantity) for leg in picture.legs))
    points = formats.price(float(fees.break_even(units)))
    return f"Made good by {points} points of the combined price of {units} units"


def _exercise(picture: Picture) -> list[str]:
    """Only where an option is held to be exercised: what that costs if the spot stays."""
    if not held_long(picture.legs, picture.market.now):
        return []
    spot = picture.market.spot
    try:
        tax = exercise_charges(picture.legs, picture.market.now, spot).total
    except AppError as problem:
        return [f"STT on exercise is not counted, and not known: {problem}"]
    where = f"if all settles at the spot of now, {formats.price(spot)}"
    return [f"Not counted: STT on exercise of bought options, {_exact(tax)} {where}"]


def _exact(amount: Decimal) -> str:
    return f"₹{formats.price(float(amount))}"
