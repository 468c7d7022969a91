"""How good the fit of the smiles is, what stands beside them, and what is still on its way."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from core.analytics.arbitrage import faults
from core.clock import IST
from core.services.volatility_view import VolatilityView
from ui.components.board import Board, Cell
from ui.components.vol_source import Ghost, VolSource
from ui.theme import formats

FIT: Final = "SVI, fitted to the mids out of the money, weighted by vega and by how tight they are"
RMS: Final = "Root mean square miss within one standard deviation of the money, in vol points"
CHECK: Final = (
    "Looked at anew on the fitted smiles of all expiries: no negative density (butterfly), no "
    "total variance that falls with time (calendar)"
)
CELLS: Final = (
    Cell(name="fit", label="Fit rms", testid="fit-rms"),
    Cell(name="quotes", label="Quotes", testid="fit-quotes"),
    Cell(name="arbitrage", label="Arbitrage", testid="fit-arbitrage", tip=CHECK),
    Cell(name="ghost", label="Beside", testid="smile-ghost"),
    Cell(name="expiries", label="Expiries", testid="expiries-open"),
)


class FitStatus:
    def __init__(self) -> None:
        self.board = Board(CELLS, "vol-figures")

    def show(
        self,
        view: VolatilityView,
        chosen: Sequence[date],
        ghosts: Mapping[date, Ghost | None],
        source: VolSource,
    ) -> None:
        self._fit(view, chosen)
        self._arbitrage(view)
        self._ghost(chosen, ghosts)
        self._expiries(view, source)
        self.board.flush()

    def wait(self, said: str) -> None:
        for cell in CELLS:
            self.board.put(cell.name, formats.DASH, tip=said)
        self.board.flush()

    def _fit(self, view: VolatilityView, chosen: Sequence[date]) -> None:
        """Of several the worst; without a fit the reason."""
        reasons = [(each, view.reason(each)) for each in chosen]
        lacking = [(each, reason) for each, reason in reasons if reason]
        fits = [fit for fit in map(view.fit, chosen) if fit is not None]
        if lacking:
            day, reason = lacking[0]
            said = f"{formats.short_day(day)}: {reason}"
            self.board.put("fit", "no fit", tone="warn", extra=said, extra_tone="warn", tip=said)
        else:
            miss = max(fit.miss for fit in fits)
            self.board.put("fit", f"{miss:.2f} pts", raw=miss, tip=f"{FIT}. {RMS}")
        count = sum(fit.quotes for fit in fits)
        self.board.put("quotes", str(count), raw=count, tip="Strikes that the fit rests on")

    def _arbitrage(self, view: VolatilityView) -> None:
        surface = view.surface
        if surface is None:
            self.board.put("arbitrage", formats.DASH, tip="Nothing is fitted to look at")
            return
        found = zip(surface.expiries, faults(surface.smiles), strict=True)
        wrong = [f"{formats.short_day(day)} {fault}" for day, fault in found if fault]
        if wrong:
            self.board.put("arbitrage", ", ".join(wrong), tone="down", tip=CHECK)
        else:
            many = len(surface.smiles)
            words = f"{many} smile{'' if many == 1 else 's'}"
            self.board.put("arbitrage", "none", tone="up", extra=words, extra_tone="faint")

    def _ghost(self, chosen: Sequence[date], ghosts: Mapping[date, Ghost | None]) -> None:
        ghost = ghosts.get(chosen[0])
        if len(chosen) > 1:
            self.board.put("ghost", formats.DASH, tip="Several expiries: each shows its fit only")
        elif ghost is None:
            tip = "This expiry was not recorded in an earlier session, or could not be fitted there"
            self.board.put("ghost", "none recorded", tone="dim", tip=tip)
        else:
            at = ghost.at.astimezone(IST)
            tip = "The last recorded minute of the session before, fitted by itself"
            self.board.put("ghost", f"{formats.short_day(at.date())} {at:%H:%M}", tip=tip)

    def _expiries(self, view: VolatilityView, source: VolSource) -> None:
        if not view.live:
            days = ", ".join(formats.short_day(each.expiry) for each in view.pictures)
            count = f"{len(view.pictures)} recorded"
            self.board.put("expiries", count, tone="warn", tip=f"Recorded then: {days}")
            return
        loading, lost = source.loading, source.problems
        text = f"{len(view.pictures)} of {len(source.wanted)}"
        said = [f"loading {formats.short_day(each)}" for each in loading]
        said += [f"{formats.short_day(each)}: {problem}" for each, problem in lost.items()]
        tip = "; ".join(said) or "The nearest expiries, all of them live"
        extra = "loading" if loading else "not all can be had" if lost else ""
        self.board.put(
            "expiries", text, tip=tip, tone="warn" if said else "", extra=extra, extra_tone="warn"
        )
