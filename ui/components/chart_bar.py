"""The line over a chart: what it is of and how that stands, the bars' length, how it is drawn."""

from collections.abc import Callable, Sequence

from nicegui import ui

from core.instruments.instrument import Instrument, is_traded
from core.services import Services
from core.state.market import Col
from ui.chart.lengths import LENGTHS, USUAL
from ui.chart.parts import SCALES, STYLES
from ui.components.board import Board, Cell
from ui.components.choices import Choices
from ui.components.deal_buttons import deal_buttons
from ui.components.fields import button
from ui.components.fresh import fresh
from ui.components.instrument_field import InstrumentField
from ui.components.price_chart import PriceChart
from ui.components.segments import Segments
from ui.components.sight import paced
from ui.theme import formats
from ui.theme.colors import tone

PACE = 0.5
PANES = {"volume": "Volume", "oi": "Open interest"}


class ChartBar:
    """`tools` is where others put their buttons. `then` hears a new length, `picked` another
    instrument; `chart` is asked for when something of it is to be changed."""

    def __init__(
        self,
        services: Services,
        choices: Choices,
        instrument: Instrument,
        *,
        charts: Callable[[], Sequence[PriceChart]],
        then: Callable[[], object],
        picked: Callable[[Instrument], object],
        newest: Callable[[], object],
        save: Callable[[], object],
    ) -> None:
        self._services, self._choices, self._charts = services, choices, charts
        self.instrument = instrument
        with ui.element("div").classes("chain-bar chart-bar"):
            self._find = InstrumentField(services.instruments, "", "chart-find", picked)
            self._find.put(instrument)
            self.price = Board(
                [Cell(name="ltp", testid="chart-ltp"), Cell(name="age", testid="chart-age")],
                "contract-price",
            )
            self.lengths = Segments(LENGTHS, choices, "chart.interval", then, first=USUAL)
            self.lengths.classes("chart-lengths")
            self.tools = ui.element("div").classes("chart-tools")
            ui.element("div").classes("spring")
            self.said = ui.label().classes("chart-said").props('data-testid="chart-said"')
            with ui.element("div").classes("chart-deals") as self._deals:
                deal_buttons(services, lambda: self.instrument.key, "chart-order")
            self._menu()
            for name, icon, tip, act in (
                ("chart-fit", "zoom_out_map", "All bars (0)", self._fit),
                ("chart-now", "last_page", "The newest bars (End)", newest),
                ("chart-png", "image", "Save as picture (PNG)", save),
            ):
                button("", name, act, icon=icon, tip=tip)
        self._tell_deals()
        paced(PACE, self.look)

    def turn(self, instrument: Instrument, length: str) -> None:
        """Another chart is worked on."""
        self.instrument = instrument
        self._find.put(instrument)
        self.lengths.show(length)
        self._tell_deals()
        self.look()

    def _tell_deals(self) -> None:
        i = self.instrument
        self._deals.set_visibility(is_traded(i.key) and i.lot_size > 0)

    def shape(self) -> dict[str, object]:
        """How the user wants charts drawn."""
        style, scale = (
            self._choices.get(f"chart.{name}", next(iter(known)))
            for name, known in (("style", STYLES), ("scale", SCALES))
        )
        return {
            "style": style if style in STYLES else next(iter(STYLES)),
            "scale": scale if scale in SCALES else next(iter(SCALES)),
            **{name: self._choices.get(f"chart.{name}", True) for name in PANES},
        }

    def _menu(self) -> None:
        looks, shape = (
            button("", "chart-looks", lambda: None, icon="tune", tip="Look"),
            self.shape(),
        )
        with looks, ui.menu().props("no-focus"), ui.element("div").classes("menu-list chart-looks"):
            for name, title, known in (("style", "Bars", STYLES), ("scale", "Scale", SCALES)):
                ui.label(title).classes("faint")
                ui.radio(
                    dict(known),
                    value=shape[name],
                    on_change=lambda e, name=name: self._set(name, e.value),
                ).props(f'dense data-testid="chart-{name}"').mark(f"chart-{name}")
            ui.label("Panes").classes("faint")
            for name, title in PANES.items():
                ui.checkbox(
                    title,
                    value=bool(shape[name]),
                    on_change=lambda e, name=name: self._set(name, bool(e.value)),
                ).props(f'dense data-testid="chart-{name}"').mark(f"chart-{name}")

    def _set(self, name: str, value: object) -> None:
        self._choices.keep(f"chart.{name}", value)
        for chart in self._charts():
            chart.set(**{name: value})

    def _fit(self) -> None:
        for chart in self._charts():
            chart.fit()

    def look(self) -> None:
        market = self._services.market
        v = market.values[market.row(self.instrument.key)]
        old, why = fresh(self._services, market.row(self.instrument.key))
        last, close = float(v[Col.LTP]), float(v[Col.CLOSE])
        share = (last - close) / close if close > 0 else float("nan")
        self.price.put(
            "ltp",
            formats.price(last),
            tone=old,
            extra=f"{formats.signed(last - close)}  {formats.signed_percent(share)}",
            extra_tone=tone(share),
            tip=why,
            raw=last,
        )
        heard = market.age(self.instrument.key, self._services.clock.now())
        said = f"{formats.age(heard)} ago" if heard is not None else "not heard yet"
        self.price.put("age", said, tone=old or "faint", tip=why or "When it was last heard of")
        self.price.flush()

    def say(self, said: Sequence[str]) -> None:
        """Where the bars are from."""
        text = " · ".join(said)
        if text != self.said.text:
            self.said.set_text(text)
            self.said.props(f'title="Where the bars are from: {_plain(text)}"')


def _plain(text: str) -> str:
    return text.replace('"', "'")
