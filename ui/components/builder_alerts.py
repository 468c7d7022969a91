"""The alerts of a tracked draft: a number or a line to drag, and a chip for each."""

from collections.abc import Callable
from math import nan

from nicegui import ui

from core.errors import AppError
from core.services import Services
from core.strategies.draft import Draft, Watched
from ui.builder import alerts
from ui.components.fields import button


class AlertBar:
    """Of `draft()`, which may be None; `then` is called when its alerts are others."""

    def __init__(
        self,
        services: Services,
        *,
        draft: Callable[[], Draft | None],
        watched: Watched,
        then: Callable[[], object],
    ) -> None:
        self._services, self._draft, self._then = services, draft, then
        with ui.element("div").classes("tool-bar alert-bar"):
            with ui.element("label").classes("tool-field alert-level"):
                self._title = ui.label()
                self._level = ui.number(placeholder="a line to drag")
            self._level.props("outlined dense hide-bottom-space")
            self._level.props('data-testid="alert-level" aria-label="Alert at"')
            self._level.mark("alert-level").on("keydown.enter", self.add)
            button("Add alert", "alert-add", self.add, icon="add_alert")
            self._chips = ui.element("div").classes("chips")
        self.turn(watched)

    def turn(self, watched: Watched) -> None:
        """What the next alert watches."""
        self._watched = watched
        pnl = watched is Watched.PNL
        self._title.set_text("Alert at P&L of ₹" if pnl else "Alert at a spot of")

    def show(self) -> None:
        draft = self._draft()
        self._chips.clear()
        with self._chips:
            for at, alert in enumerate(draft.alerts if draft is not None else ()):
                chip = ui.element("span").classes("chip" if alert.fired_at else "chip here")
                with chip.props(f'data-testid="alert-{at}"'):
                    ui.label(alerts.words(alert))
                    if alert.fired_at:
                        self._tool(at, "replay", "Wait for it again", self._rearm)
                    self._tool(at, "close", "Take this alert away", self._remove)

    async def add(self) -> None:
        """At the number that was typed, else a line near what is now, to be dragged."""
        typed, watched, now = self._level.value, self._watched, self._now(self._watched)
        level = alerts.first_level(watched, now) if typed is None else float(typed)
        await self._change(lambda draft: alerts.added(draft, watched, level, now))
        self._level.value = None

    async def move(self, at: int, level: float) -> None:
        await self._change(lambda draft: self._moved(draft, at, level))

    def _moved(self, draft: Draft, at: int, level: float) -> Draft:
        return alerts.moved(draft, at, level, self._now(draft.alerts[at].watched))

    async def _rearm(self, at: int) -> None:
        await self._change(lambda draft: self._moved(draft, at, draft.alerts[at].level))

    async def _remove(self, at: int) -> None:
        await self._change(lambda draft: alerts.without(draft, at))

    async def _change(self, change: Callable[[Draft], Draft]) -> None:
        draft = self._draft()
        if draft is None:
            ui.notify("Track a draft first.", type="warning", position="bottom-right")
            return
        try:
            await self._services.draft_keeper.change_alerts(draft.id, change)
        except (AppError, IndexError) as problem:  # it may have been taken away elsewhere
            ui.notify(str(problem), type="negative", position="bottom-right")
        self.show()
        self._then()

    def _now(self, watched: Watched) -> float:
        draft = self._draft()
        worth = self._services.drafts.marks.get(draft.id) if draft is not None else None
        if worth is None:
            return nan
        return worth.pnl if watched is Watched.PNL else worth.spot

    def _tool(self, at: int, icon: str, tip: str, then: Callable[[int], object]) -> None:
        made = ui.element("button").props(f'title="{tip}" aria-label="{tip}"')
        made.props(f'data-testid="alert-{at}-{icon}"').on("click", lambda: then(at))
        with made:
            ui.icon(icon)
