"""The deflated Sharpe ratio: how likely the best of many trials is more than the luck of trying.

D. Bailey and M. López de Prado, "The Deflated Sharpe Ratio", Journal of Portfolio Management 40
(2014): equations 1 and 2.
"""

from collections.abc import Sequence
from math import e, isfinite, nan, sqrt
from statistics import NormalDist, variance
from typing import Final

from core.backtest.metrics import SESSIONS

EULER: Final = 0.5772156649015329
BELL: Final = NormalDist()


def expected_best(spread: float, trials: int) -> float:
    """The Sharpe ratio that the best of so many trials has by luck alone; `spread` is the standard
    deviation of theirs."""
    if trials < 2:
        return 0.0
    first, second = BELL.inv_cdf(1 - 1 / trials), BELL.inv_cdf(1 - 1 / (trials * e))
    return spread * ((1 - EULER) * first + EULER * second)


def deflated(
    sharpe: float, tried: Sequence[float], days: int, *, skew: float = 0.0, kurtosis: float = 3.0
) -> float:
    """The probability that the true Sharpe ratio is above that of luck, 0 to 1.

    `sharpe` and those of all `tried` are of a year; the shape is that of the daily returns, a bell
    having the kurtosis 3. nan where they are too few.
    """
    known = [each / sqrt(SESSIONS) for each in tried if isfinite(each)]
    if not (isfinite(sharpe) and days > 1 and isfinite(skew) and isfinite(kurtosis)):
        return nan
    luck = expected_best(sqrt(variance(known)), len(known)) if len(known) > 1 else 0.0
    daily = sharpe / sqrt(SESSIONS)
    shape = 1 - skew * daily + (kurtosis - 1) / 4 * daily**2
    if shape <= 0:
        return nan
    return BELL.cdf((daily - luck) * sqrt(days - 1) / sqrt(shape))
