"""The blotter in the shell's foot: what works, what is not known, the day's result, the news."""

from typing import Any, Final

from nicegui import ui

from core.risk.limits import Standing
from core.services import Services
from core.services.trading import Trading
from core.state.notices import Notice
from core.trading.broker_orders import Status
from core.trading.events import ORDERS, POSITIONS
from ui.components.choices import Choices
from ui.components.sight import paced
from ui.theme import formats
from ui.theme.colors import tone

PACE: Final = 1.0
OPEN: Final = "blotter"
LAST: Final = 4
RISK: Final = "/risk"
STANDINGS: Final = {
    Standing.ACTIVE: ("ACTIVE", "up"),
    Standing.REDUCE_ONLY: ("REDUCE-ONLY", "warn"),
    Standing.HALTED: ("HALTED", "down"),
}
Cell = dict[str, str]


class Blotter(ui.element, component="blotter.js"):
    """`chip()` makes the button that brings it back; on a phone it is the only way to it."""

    def __init__(self, services: Services, trading: Trading, choices: Choices) -> None:
        super().__init__()
        self._services, self._trading, self._choices = services, trading, choices
        self._seen: tuple[object, ...] = ()
        self._chip: ui.element | None = None
        self.sent = 0
        """How often it was drawn anew, for whoever counts what it costs."""
        self._props["open"] = choices.get(OPEN, True)
        self._props["peek"] = False
        self._props["cells"], self._props["events"] = [], []
        self.on("fold", lambda _: self.fold())
        self.look()
        paced(PACE, self.look)

    @property
    def is_open(self) -> bool:
        return bool(self._props["open"])

    @property
    def cells(self) -> dict[str, str]:
        """What it says, by name."""
        return {cell["name"]: cell["text"] for cell in self._props["cells"]}

    @property
    def events(self) -> list[str]:
        return [event["text"] for event in self._props["events"]]

    def chip(self) -> None:
        with ui.element("button").classes("blotter-chip") as self._chip:
            ui.icon("receipt_long")
            self._chip_number, self._chip_word = ui.label(), ui.label().classes("roomy")
        self._chip.props('type="button" title="Orders: show the strip" data-testid="blotter-chip"')
        self._chip.mark("blotter-chip").on("click", self.unfold)
        self._mark_chip()

    def fold(self) -> None:
        self._set(False, False)

    def unfold(self) -> None:
        """Beside the chip it stays; on a phone the next tap takes it away again."""
        self._set(True, not self._props["peek"])

    def _set(self, open: bool, peek: bool) -> None:
        self._props["open"], self._props["peek"] = open, peek
        self._choices.keep(OPEN, open)
        self.update()
        self._mark_chip()

    def look(self) -> None:
        """Nothing is sent while nothing has changed; the ages are counted in the browser."""
        state, notices = self._trading.state, self._services.notices
        seen = (state.revision, notices.count, state.standing, state.problem, self._result())
        if seen == self._seen:
            return
        self._seen = seen
        cells, events = self._cells(), self._events()
        if cells != self._props["cells"] or events != self._props["events"]:
            self._props["cells"], self._props["events"] = cells, events
            self.sent += 1
            self.update()
            self._mark_chip()

    def _cells(self) -> list[Cell]:
        state = self._trading.state
        working = state.working()
        unknown = sum(order.status is Status.UNKNOWN for order in working)
        word, colour = STANDINGS[state.standing]
        found = [
            _cell("standing", "", word, colour, RISK, state.standing_reason or "Trading state"),
            _cell("working", "working", str(len(working)), "", ORDERS, "Orders that may fill"),
        ]
        if unknown:
            tip = "No answer came for these: the broker is asked, nothing is sent again"
            found.append(_cell("unknown", "unknown", str(unknown), "warn", ORDERS, tip))
        if state.differences:
            texts = "; ".join(each.text for each in state.differences.values())
            found.append(
                _cell("differences", "differences", str(len(state.differences)), "down", POSITIONS,
                      texts)
            )  # fmt: skip
        if state.problem:
            found.append(_cell("problem", "", "not compared", "warn", POSITIONS, state.problem))
        if (result := self._result()) is not None:
            tip = "The day's result after charges"
            text = formats.signed(result)
            found.append(_cell("pnl", "day ₹", text, tone(result), POSITIONS, tip))
        return found

    def _result(self) -> float | None:
        """Rupees after charges; None where nothing was traded, nan while a part is unknown."""
        state = self._trading.state
        if not (state.openings or state.adjustments or state.ledger.positions()):
            return None
        net = self._trading.portfolio.picture().whole.money.net
        return float("nan") if net is None else round(float(net), 2)

    def _events(self) -> list[dict[str, Any]]:
        """The last things that happened to orders, the newest first."""
        known = {each["number"]: each for each in self._props["events"]}
        told = [each for each in self._services.notices.all() if each.event][-LAST:]
        return [known.get(each.number) or self._event(each) for each in reversed(told)]

    def _event(self, notice: Notice) -> dict[str, Any]:
        age = (self._services.clock.now() - notice.at).total_seconds()
        return {
            "number": notice.number,
            "text": notice.text,
            "level": str(notice.level),
            "link": notice.link,
            "age": round(max(age, 0.0), 1),
        }

    def _mark_chip(self) -> None:
        if self._chip is None:
            return
        cells = {cell["name"]: cell for cell in self._props["cells"]}
        worst = next((n for n in ("differences", "unknown") if n in cells), "working")
        self._chip_number.set_text(cells[worst]["text"])
        self._chip_word.set_text(cells[worst]["label"])
        colour = cells[worst]["tone"]
        self._chip.classes(add=colour, remove=" ".join({"warn", "down"} - {colour}))
        self._chip.classes(
            add="" if self.is_open else "closed", remove="closed" if self.is_open else ""
        )


def _cell(name: str, label: str, text: str, tone: str, href: str, tip: str) -> Cell:
    return {"name": name, "label": label, "text": text, "tone": tone, "href": href, "tip": tip}
