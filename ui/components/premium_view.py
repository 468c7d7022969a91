"""The premium chart kept up to date: candles of one structure, or several as lines."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import minute_of
from core.analytics.premium_bars import PremiumBars, bars
from core.analytics.premium_figures import decay
from ui.components import premium_chart
from ui.components.chart import Chart, Mark
from ui.components.premium_source import Premium, PremiumSource
from ui.components.premium_tools import PremiumTools

Floats = NDArray[np.float64]

NOTHING: Final = (
    "No minute of this premium is known yet. The chart grows by the minute while the market is"
    " open."
)


class PremiumView:
    """`show` draws what the source has; a shape is only laid anew when it is another."""

    def __init__(self, source: PremiumSource, tools: PremiumTools) -> None:
        self._source, self._tools = source, tools
        self._laid: tuple[object, ...] = ()
        option = premium_chart.candle_option(tools.studies, tools.pane)
        self.chart = Chart(
            option, name="premium-chart", title="Premium", height=None, empty=NOTHING
        )

    @property
    def opens(self) -> int:
        """The epoch minute that bars are counted from."""
        session = self._source.session
        return minute_of(session.opens_at) if session is not None else 0

    def show(
        self, premiums: Sequence[Premium], active: int, length: int, *, lines: bool, share: bool
    ) -> None:
        self.chart.subject = self._source.chain.symbol if self._source.chain is not None else ""
        if lines:
            self._lines(premiums, length, share=share)
        else:
            self._candles(premiums[active], length)

    def _candles(self, premium: Premium, length: int) -> None:
        series, source, tools = premium.series, self._source, self._tools
        title = f"{premium.chosen.title} · {length} min"
        strikes = premium.chosen.moving
        studies = tuple(tools.studies)
        if self._is_new(("candles", studies, tools.pane, strikes, title)):
            self.chart.set(premium_chart.candle_option(studies, tools.pane, strikes), title=title)
        if series is None or premium.problem:
            self.chart.forget()
            self.chart.marks([])
            return
        found = bars(series, length, self.opens)
        numbers = premium_chart.candle_numbers(
            found,
            studies,
            tools.pane,
            strikes=series.strikes,
            spot=series.spot,
            decay=self._decay(premium) if "decay" in studies else np.empty(0),
        )
        self._push(numbers, found.starts)
        marks = premium_chart.traded_bands(found.starts, found.traded)
        before, _ = source.previous_close(premium.chosen, series.strikes[-1])
        if before == before and len(found.starts):
            marks.append(Mark(at=before, label="prev", axis="y"))
        self.chart.marks(marks)

    def _decay(self, premium: Premium) -> Floats:
        source, series = self._source, premium.series
        assert series is not None
        day, chain = source.day, source.chain
        if day is None or chain is None:
            return np.full(len(series.minutes), np.nan)
        chosen = premium.chosen
        return decay(
            day,
            series,
            chosen.sides,
            chosen.ratios,
            closes_at=chain.closes_at,
            rate=source.services.rate,
        )

    def _lines(self, premiums: Sequence[Premium], length: int, *, share: bool) -> None:
        titles = tuple(premium.chosen.title for premium in premiums)
        spot = "spot" in self._tools.studies
        title = f"Premiums {'since their first minute' if share else 'side by side'} · {length} min"
        if self._is_new(("lines", titles, share, spot, length)):
            self.chart.set(premium_chart.line_option(titles, share=share, spot=spot), title=title)
        found = [
            None if p.series is None or p.problem else bars(p.series, length, self.opens)
            for p in premiums
        ]
        known = [each.starts for each in found if each is not None and len(each.starts)]
        if not known:
            self.chart.forget()
            return
        first, last = min(s[0] for s in known), max(s[-1] for s in known)
        starts = np.arange(first, last + 1, length)
        numbers = {f"line{i}": _laid(each, starts, share) for i, each in enumerate(found)}
        if spot:
            whole = np.full(len(starts), np.nan)
            for premium, each in zip(premiums, found, strict=True):
                if each is not None and premium.series is not None:
                    at = np.searchsorted(starts, each.starts)
                    level = each.of(premium.series.spot)
                    whole[at] = np.where(np.isfinite(level), level, whole[at])
            numbers["spot"] = whole
        self._push(numbers, starts)
        self.chart.marks([])

    def _push(self, numbers: dict[str, Floats], starts: NDArray[np.int64]) -> None:
        picture = self._source.picture
        at, now = (picture.at, picture.now) if picture is not None else (None, None)
        self.chart.push(numbers, x=premium_chart.times(starts), at=at, now=now)

    def _is_new(self, shape: tuple[object, ...]) -> bool:
        new, self._laid = shape != self._laid, shape
        return new


def _laid(found: PremiumBars | None, starts: NDArray[np.int64], share: bool) -> Floats:
    """Closes in their places; with `share` as the change since the first, a fraction."""
    whole = np.full(len(starts), np.nan)
    if found is None or not len(found.starts):
        return whole
    close = found.close
    first = close[np.isfinite(close)][0]
    if share:
        close = (close - first) / abs(first) if first else np.full(len(close), np.nan)
    whole[np.searchsorted(starts, found.starts)] = close
    return whole
