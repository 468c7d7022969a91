"""Charts on a page of their own, with the desk's style and policy: `python -m … PORT`."""

import sys
from datetime import UTC, datetime, timedelta

import numpy as np
from nicegui import app, ui

from ui.components import chart_theme as theme
from ui.components.chart import Chart, Mark
from ui.guard import ContentPolicy
from ui.theme import style

AT = datetime(2026, 11, 20, 6, 12, tzinfo=UTC)  # 11:42 IST
STRIKES = np.arange(24_000.0, 25_001, 50)
SMILE = 0.12 + (STRIKES / 24_500 - 1) ** 2
FIRST = AT.timestamp() * 1000
MINUTES = FIRST + 60_000 * np.arange(30)


def page() -> None:
    ui.dark_mode(True)
    with ui.element("div").classes("page").style("height: 100vh; overflow: auto"):
        smile = _smile()
        ui.label().props('data-testid="dragged"').bind_text_from(app, "dragged")
        ui.button("Push", on_click=lambda: _move(smile)).props('data-testid="push"')
        oi = Chart(theme.mirror_bars(), name="oi", title="Open interest")
        oi.push({"calls": STRIKES * 10, "puts": STRIKES[::-1] * 5}, x=STRIKES)
        payoff = Chart(theme.payoff(), name="payoff", title="Payoff")
        payoff.push({"expiry": STRIKES - 24_480, "today": STRIKES - 24_500}, x=STRIKES)
        Chart(theme.mirror_bars(), name="none", title="None", empty="No open interest yet")
        heat = Chart(theme.heatmap("Change", "changeLakh", diverging=True), name="heat")
        heat.push({"heat": np.outer(MINUTES - FIRST, STRIKES - 24_500)}, x=MINUTES, y=STRIKES)
        candles = Chart(theme.candle_chart("Straddle"), name="straddle", title="Straddle")
        candles.push({"candles": np.full((30, 4), [100.0, 104, 99, 103])}, x=MINUTES, at=AT)
        rank = Chart(theme.gauge("IV rank"), name="rank", title="IV rank")
        rank.push({"now": [63.0]})


def _smile() -> Chart:
    option = theme.lines(
        [theme.line("fit", "Fit", "share"), theme.scatter("mid", "Mid", "share")],
        x=theme.axis("strike"),
        y=theme.axis("shareShort"),
    )

    def dragged(name: str, value: float, done: bool) -> None:
        app.dragged = f"{name} {value:.0f} {done}"  # type: ignore[attr-defined]

    smile = Chart(option, name="smile", title="Smile", subject="NIFTY", on_drag=dragged)
    smile.push({"fit": SMILE, "mid": SMILE + 0.001}, x=STRIKES, at=AT, now=AT)
    smile.marks([Mark(at=24_500, label="strike", name="leg")])
    return smile


def _move(smile: Chart) -> None:
    moved = SMILE.copy()
    moved[3] += 0.01
    later = AT + timedelta(seconds=1)
    smile.push({"fit": moved}, at=later, now=later)


if __name__ == "__main__":
    app.dragged = ""  # type: ignore[attr-defined]
    style.apply()
    app.add_middleware(ContentPolicy)
    ui.page("/")(page)
    ui.run(port=int(sys.argv[1]), host="127.0.0.1", reload=False, show=False)
