"""How good volatility and greeks are, in figures: mpmath, QuantLib, odd inputs, a real morning."""

from collections.abc import Iterator

import numpy as np

from tests.bench.rows import Row
from tests.core.pricing.accuracy import fuzz, greeks_errors, volatility_errors
from tests.core.pricing.minutes import near_the_money
from tests.core.pricing.published import FOLDER

ATTAINABLE, TRADABLE, WELL, GREEKS, APART = 10.0, 1e-10, 1e-12, 1e-8, 0.11


def run(quick: bool) -> list[Row]:
    return [*_errors(2000 if quick else 20_000), *_odd_inputs(1_000_000), *_real_minutes()]


def _errors(n: int) -> Iterator[Row]:
    worst = volatility_errors(n, 5)
    against = f"of {n:,} beside mpmath"
    yield _row("P2", f"IV error over the attainable, worst {against}", worst.attainable, ATTAINABLE)
    yield _row("P2", f"IV error of tradable prices, worst {against}", worst.tradable, TRADABLE)
    yield _row("P2", f"IV error, well conditioned, worst {against}", worst.well_conditioned, WELL)
    yield _row("P2", f"contracts without IV {against}", worst.without, 0)
    greeks = max(greeks_errors(100_000, 7).values())
    yield _row("P2", "greeks' relative difference from QuantLib, worst of 100,000", greeks, GREEKS)


def _odd_inputs(n: int) -> Iterator[Row]:
    found = fuzz(n, 1)
    what = f"of {n:,} odd inputs ({found.solved:,} solved), neither number nor reason"
    yield _row("P2", what, found.wrong, 0)


def _real_minutes() -> Iterator[Row]:
    if not FOLDER.exists():
        return
    minutes = near_the_money()
    noon = next(m for m in minutes if m.at.strftime("%H:%M") == "12:18")
    apart = np.concatenate([m.apart for m in minutes])
    share = float((apart <= APART).mean())
    what = f"CE and PE apart at 12:18, worst strike ({share:.1%} of all minutes' within {APART})"
    yield _row("P5", what, float(noon.apart.max()), APART, "points")


def _row(figure: str, what: str, found: float, most: float, unit: str = "") -> Row:
    return Row(
        figure=figure,
        what=what,
        ours=found,
        peer=None,
        unit=unit,
        ratio=None,
        target=f"≤ {most:g}",
        ok=found <= most,
    )
