"""Templates: the usual positions, by group."""

import re
from typing import Final

from core.instruments.instrument import Right
from core.strategies.chooser import Anchor
from core.strategies.template import Part
from core.strategies.template import Template as Template

_GROUPS: Final = {
    "Single": {
        "Long call | +2 +1 | +1 CE call": "Gains as the market rises; loses the premium at most.",
        "Long put | -2 +1 | +1 PE put": "Gains as the market falls; loses the premium at most.",
        "Short call | -1 -1 | -1 CE call": (
            "Keeps the premium below the strike; unlimited loss above."
        ),
        "Short put | +1 -1 | -1 PE put": (
            "Keeps the premium above the strike; large loss in a fall."
        ),
    },
    "Vertical": {
        "Bull call spread | +1 0 | +1 CE, -1 CE +1": (
            "A cheaper call: gains up to the sold strike, loses the debit at most."
        ),
        "Bear put spread | -1 0 | +1 PE, -1 PE -1": (
            "A cheaper put: gains down to the sold strike, loses the debit at most."
        ),
        "Bull put spread | +1 -1 | -1 PE put, +1 PE put -1": (
            "Keeps the credit above the sold put; the bought put bounds the loss."
        ),
        "Bear call spread | -1 -1 | -1 CE call, +1 CE call +1": (
            "Keeps the credit below the sold call; the bought call bounds the loss."
        ),
    },
    "Straddle and strangle": {
        "Long straddle | 0 +1 | +1 CE, +1 PE": (
            "Gains from a large move either way; loses both premiums if nothing happens."
        ),
        "Short straddle | 0 -1 | -1 CE, -1 PE": (
            "Keeps both premiums if the market stays; unlimited loss in a large move."
        ),
        "Long strangle | 0 +1 | +1 CE call, +1 PE put": (
            "A cheaper straddle that needs a larger move."
        ),
        "Short strangle | 0 -1 | -1 CE call, -1 PE put": (
            "Keeps both premiums between the strikes; unlimited loss outside."
        ),
        "Strap | +1 +1 | +2 CE, +1 PE": "A straddle that leans upwards: two calls, one put.",
        "Strip | -1 +1 | +1 CE, +2 PE": "A straddle that leans downwards: one call, two puts.",
    },
    "Condor and butterfly": {
        "Iron condor | 0 -1 | +1 PE put -1, -1 PE put, -1 CE call, +1 CE call +1": (
            "Keeps the credit between the sold strikes; wings bound the loss."
        ),
        "Reverse iron condor | 0 +1 | -1 PE put -1, +1 PE put, +1 CE call, -1 CE call +1": (
            "Gains outside the bought strikes, within bounds; loses the debit inside."
        ),
        "Iron butterfly | 0 -1 | +1 PE -1, -1 PE, -1 CE, +1 CE +1": (
            "A short straddle with wings: largest gain at the middle strike."
        ),
        "Reverse iron butterfly | 0 +1 | -1 PE -1, +1 PE, +1 CE, -1 CE +1": (
            "A long straddle paid for in part by selling the wings."
        ),
        "Call butterfly | 0 -1 | +1 CE -1, -2 CE, +1 CE +1": (
            "Small debit; largest gain if the market ends at the middle strike."
        ),
        "Put butterfly | 0 -1 | +1 PE -1, -2 PE, +1 PE +1": "The same of puts.",
        "Call condor | 0 -1 | +1 CE -2, -1 CE -1, -1 CE +1, +1 CE +2": (
            "A butterfly with a wide top."
        ),
        "Put condor | 0 -1 | +1 PE -2, -1 PE -1, -1 PE +1, +1 PE +2": "The same of puts.",
        "Broken-wing call butterfly | +1 -1 | +1 CE, -2 CE +1, +1 CE +3": (
            "A butterfly with its upper wing farther out: cheap or for a credit, risk above."
        ),
        "Broken-wing put butterfly | -1 -1 | +1 PE, -2 PE -1, +1 PE -3": (
            "A butterfly with its lower wing farther out: cheap or for a credit, risk below."
        ),
        "Christmas tree of calls | +1 -1 | +1 CE, -3 CE +2, +2 CE +3": (
            "Buy one, sell three, buy two: largest gain at the sold strike above."
        ),
        "Christmas tree of puts | -1 -1 | +1 PE, -3 PE -2, +2 PE -3": (
            "Buy one, sell three, buy two: largest gain at the sold strike below."
        ),
    },
    "Ratio": {
        "Call ratio spread | +1 -1 | +1 CE, -2 CE +1": (
            "One call bought, two sold higher: gains in a slow rise, unlimited loss in a fast one."
        ),
        "Put ratio spread | -1 -1 | +1 PE, -2 PE -1": (
            "One put bought, two sold lower: gains in a slow fall, large loss in a fast one."
        ),
        "Call back spread | +2 +1 | -1 CE, +2 CE +1": (
            "One call sold, two bought higher: gains without limit in a strong rise."
        ),
        "Put back spread | -2 +1 | -1 PE, +2 PE -1": (
            "One put sold, two bought lower: gains in a strong fall."
        ),
        "Bull call ladder | +1 -1 | +1 CE, -1 CE +1, -1 CE +2": (
            "A bull call spread with one more call sold above: cheaper, unlimited loss far above."
        ),
        "Bear put ladder | -1 -1 | +1 PE, -1 PE -1, -1 PE -2": (
            "A bear put spread with one more put sold below: cheaper, large loss far below."
        ),
        "Jade lizard | +1 -1 | -1 PE put, -1 CE call, +1 CE call +1": (
            "A put sold with a call spread sold: no loss above if the credit covers the width."
        ),
        "Reverse jade lizard | -1 -1 | -1 CE call, -1 PE put, +1 PE put -1": (
            "A call sold with a put spread sold: no loss below if the credit covers the width."
        ),
    },
    "Several expiries": {
        "Call calendar | 0 +1 | -1 CE, +1 CE far": (
            "The near call sold, the far one bought: gains from time if the market stays."
        ),
        "Put calendar | 0 +1 | -1 PE, +1 PE far": "The same of puts.",
        "Call diagonal | +1 0 | -1 CE call, +1 CE far": (
            "A far call at the money bought, a near one out of the money sold against it."
        ),
        "Put diagonal | -1 0 | -1 PE put, +1 PE far": (
            "A far put at the money bought, a near one out of the money sold against it."
        ),
        "Double calendar | 0 +1 | -1 PE put, +1 PE put far, -1 CE call, +1 CE call far": (
            "Calendars on either side: a wide range in which time pays."
        ),
        "Double diagonal | 0 0 | -1 PE put, +1 PE put -1 far, -1 CE call, +1 CE call +1 far": (
            "A near strangle sold, a far and wider one bought."
        ),
    },
    "Synthetic": {
        "Synthetic long | +2 0 | +1 CE, -1 PE": "Call bought, put sold: a future made of options.",
        "Synthetic short | -2 0 | -1 CE, +1 PE": (
            "Call sold, put bought: a future sold, made of options."
        ),
        "Risk reversal, bullish | +2 0 | -1 PE put, +1 CE call": (
            "A put out of the money sold to pay for a call out of the money."
        ),
        "Risk reversal, bearish | -2 0 | -1 CE call, +1 PE put": (
            "A call out of the money sold to pay for a put out of the money."
        ),
        "Box | 0 0 | +1 CE, -1 CE +1, -1 PE, +1 PE +1": (
            "Pays the width of the strikes whatever happens: a loan made of options."
        ),
    },
    "With a future": {
        "Covered call | +1 -1 | +1 FUT, -1 CE call": (
            "A future with a call sold against it: income instead of the large rise."
        ),
        "Covered put | -1 -1 | -1 FUT, -1 PE put": (
            "A future sold with a put sold against it: income instead of the large fall."
        ),
        "Protective put | +2 +1 | +1 FUT, +1 PE put": "A future with a put that bounds its loss.",
        "Protective call | -2 +1 | -1 FUT, +1 CE call": (
            "A future sold, with a call that bounds its loss."
        ),
        "Collar | +1 0 | +1 FUT, +1 PE put, -1 CE call": (
            "A future between a put bought and a call sold: loss and gain bounded."
        ),
    },
}
"""Title, direction and volatility of the view, and parts: lots, right, anchor (the money where none
is named), widths from it, expiry (the near one where none is named).
"""

_PART: Final = re.compile(r"([+-]\d) (CE|PE|FUT)(?: (call|put))?(?: ([+-]\d))?( far)?")


def _template(group: str, told: str, words: str) -> Template:
    title, view, parts = told.split(" | ")
    direction, volatility = map(int, view.split())
    return Template(
        name=title.lower().replace(",", "").replace(" ", "-"),
        title=title,
        group=group,
        direction=direction,
        volatility=volatility,
        words=words,
        parts=tuple(_part(each) for each in parts.split(", ")),
    )


def _part(text: str) -> Part:
    found = _PART.fullmatch(text)
    assert found, text
    lots, right, anchor, steps, far = found.groups()
    return Part(
        lots=int(lots),
        right=None if right == "FUT" else Right(right),
        anchor=Anchor(anchor or Anchor.MONEY),
        steps=int(steps or 0),
        far=bool(far),
    )


TEMPLATES: Final = tuple(
    _template(group, told, words)
    for group, templates in _GROUPS.items()
    for told, words in templates.items()
)

BY_NAME: Final = {template.name: template for template in TEMPLATES}
