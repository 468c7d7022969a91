"""A price chart on a page of its own, with the desk's style and policy: `python -m … PORT BARS`."""

import sys
from itertools import count

import numpy as np
from nicegui import app, ui

from core.instruments.candle import Candles, Interval
from ui.chart.packing import Bar
from ui.components.price_chart import Facts, PriceChart
from ui.guard import ContentPolicy
from ui.theme import style

LAST = 1_795_059_000  # 19 Nov 2026, 10:00 IST
AHEAD = tuple(LAST + 60 * n for n in range(1, 121))


def bars(many: int, last: int = LAST) -> Candles:
    """Minutes of a price that wanders, with volume and open interest."""
    chance = np.random.default_rng(7)
    close = 24_000 + np.cumsum(chance.normal(0, 4, many))
    opened = np.concatenate([[24_000.0], close[:-1]])
    spread = chance.exponential(3, (2, many))
    return Candles(
        time=last - 60 * np.arange(many, dtype=np.int64)[::-1],
        open=opened.round(2),
        high=(np.maximum(opened, close) + spread[0]).round(2),
        low=(np.minimum(opened, close) - spread[1]).round(2),
        close=close.round(2),
        volume=chance.integers(1_000, 500_000, many),
        open_interest=10_000_000 + np.cumsum(chance.integers(-9_000, 10_000, many)),
    )


def page(many: int) -> None:
    ui.dark_mode(True)
    steps = count(1)
    with ui.element("div").style("height: 100vh; display: flex; flex-direction: column"):
        ui.button("Move", on_click=lambda: move(chart, next(steps))).props('data-testid="move"')
        chart = PriceChart(name="price", on_more=lambda before: older(chart, before))
        chart.show(bars(many), Facts(interval=Interval.MINUTE, ahead=AHEAD))


def older(chart: PriceChart, before: int) -> None:
    chart.more(bars(500, before - 60), whole=True)


def move(chart: PriceChart, step: int) -> None:
    last = chart.last
    assert last is not None
    close = last.close + (-1) ** step * 2.5
    chart.bar(
        Bar(
            last.time + 60 * (step % 3 == 0),
            last.open,
            max(last.high, close),
            min(last.low, close),
            close,
            last.volume + 75,
            last.oi,
        )
    )


if __name__ == "__main__":
    port, many = map(int, sys.argv[1:])
    style.apply()
    app.add_middleware(ContentPolicy)
    ui.page("/")(lambda: page(many))
    ui.run(
        port=port,
        host="127.0.0.1",
        reload=False,
        show=False,
        gzip_middleware_factory=None,
        ws_per_message_deflate=False,
    )
