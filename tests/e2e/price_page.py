"""A price chart on a page of its own, with the desk's style and policy: `python -m … PORT BARS`."""

import sys
from itertools import count

import numpy as np
from nicegui import app, ui

from core.instruments.candle import Candles, Interval
from ui.chart.packing import Bar
from ui.chart.parts import Facts, Output, PriceLine, Study, TradeMark
from ui.components.price_chart import PriceChart
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


def page(many: int, bare: bool) -> None:
    ui.dark_mode(True)
    steps = count(1)
    heard = ui.label().props('data-testid="heard"').style("height: 20px")

    def hear(*told: object) -> None:
        heard.set_text(" ".join(map(str, told)))

    with ui.element("div").style("height: calc(100vh - 60px); display: flex"):
        chart = PriceChart(
            name="price",
            tools=True,
            on_more=lambda before: older(chart, before),
            on_line=lambda id, price: hear("line", id, price),
            on_drawn=lambda drawing: hear("drawn", drawing["kind"], drawing["colour"]),
            on_erased=lambda id: hear("erased"),
        )
    chart.show(bars(many), Facts(interval=Interval.MINUTE, ahead=AHEAD))
    if not bare:
        furnish(chart)
    ui.button("Move", on_click=lambda: move(chart, next(steps))).props('data-testid="move"')


def furnish(chart: PriceChart) -> None:
    """An average, an oscillator, lines and marks."""
    close = chart.candles.close
    slow = np.convolve(close, np.ones(20) / 20)[: len(close)]
    slow[:19] = np.nan
    around = (close - slow) / 2
    average = Study(id="sma", title="SMA 20", outputs=(Output(name="sma", title="SMA 20"),))
    chart.study(average, {"sma": slow})
    outputs = (
        Output(name="gap", title="Gap", pane="own", style="histogram", colour=""),
        Output(name="half", title="Half", pane="own", colour="var(--warn)"),
    )
    chart.study(
        Study(id="gap", title="Gap 20", outputs=outputs, levels=(0.0,)),
        {"gap": around, "half": np.where(np.arange(len(close)) % 40 < 30, around / 2, np.nan)},
    )
    last = round(float(close[-1]), 1)
    held = PriceLine(id="held", price=last - 9, title="+75 · +₹1,200", colour="--up")
    order = PriceLine(
        id="order", price=last + 12, title="SELL 75 · LIMIT", colour="--ask", dashed=True, drag=True
    )
    chart.lines([held, order])
    bought, sold = LAST - 60 * 90, LAST - 60 * 30
    chart.marks(
        [
            TradeMark(
                time=bought,
                price=float(close[-91]),
                side="buy",
                text="BUY 75",
                to=(sold, float(close[-31])),
                gain=12.0,
            ),
            TradeMark(time=sold, price=float(close[-31]), side="sell", text="SELL 75"),
        ]
    )


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
    port, many = map(int, sys.argv[1:3])
    bare = "bare" in sys.argv
    style.apply()
    app.add_middleware(ContentPolicy)
    ui.page("/")(lambda: page(many, bare))
    ui.run(
        port=port,
        host="127.0.0.1",
        reload=False,
        show=False,
        gzip_middleware_factory=None,
        ws_per_message_deflate=False,
    )
