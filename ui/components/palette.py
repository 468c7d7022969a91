"""The command palette: type where to go."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from urllib.parse import quote

from nicegui import ui
from nicegui.events import GenericEventArguments

from core.instruments.instrument import Instrument, Kind, is_traded
from core.services import Services
from core.trading.requests import Side
from ui.addresses import chain_address
from ui.menu import PageEntry
from ui.theme import formats

FOUND: Final = 12
ORDERS: Final = {"b": Side.BUY, "buy": Side.BUY, "s": Side.SELL, "sell": Side.SELL}
EXPIRIES: Final = 6
CHAINS: Final = ("NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "SENSEX", "BANKEX")
Item = dict[str, str]
"""`text`, `hint`, and either `href` (where to go) or `command` (an event of the element, with the
item: an order has its `key` and `side`)."""


class Palette(ui.element, component="palette.js"):
    """Opens on Ctrl-K; filters its own list in the browser and asks us for instruments."""

    def __init__(self, services: Services, pages: Sequence[PageEntry]) -> None:
        super().__init__()
        self._services = services
        self._props["items"] = [
            *(_item(f"Go to {p.title}", p.href, href=p.href) for p in pages),
            *(
                _item(f"{symbol} option chain", "chain", href=f"/chain/{symbol}")
                for symbol in CHAINS
            ),
            _item("Light or dark", "theme", command="theme"),
            _item("Keys", "help", command="help"),
        ]
        self.on("search", self._search, throttle=0.15)

    def open(self) -> None:
        self.run_method("open")

    async def _search(self, event: GenericEventArguments) -> None:
        text = str(event.args)[:60]
        self.run_method("found", text, await self.search(text))

    async def search(self, text: str) -> list[Item]:
        """Chains and expiries of an underlying that is named, then instruments.

        Words after B or S, as in `b nifty 24200 ce`, find what is to be bought or sold.
        """
        first, *others = text.split() or [""]
        side = ORDERS.get(first.lower())
        if self._services.trading is not None and side is not None and others:
            return await self._orders(side, " ".join(others))
        symbol = first.upper()
        expiries = await self._services.instruments.expiries(symbol) if symbol else []
        found = await self._services.instruments.search(text, limit=FOUND)
        return [
            *(
                _item(
                    f"{symbol} chain · {formats.day(expiry)}",
                    "expiry",
                    href=f"/chain/{symbol}?expiry={expiry.isoformat()}",
                )
                for expiry in [day for day in expiries if _named(day, others)][:EXPIRIES]
            ),
            *(_instrument(one) for one in found),
        ]

    async def _orders(self, side: Side, text: str) -> list[Item]:
        found = await self._services.instruments.search(text, limit=FOUND)
        return [
            {
                **_item(f"{side.capitalize()} {one.symbol}", "order ticket", command="order"),
                "key": one.key,
                "side": side.value,
            }
            for one in found
            if is_traded(one.key)
        ]


def _named(day: date, words: Sequence[str]) -> bool:
    """Every word is part of the day as we write it: `dec`, `01 dec`, `tue`."""
    return all(word.lower() in formats.day(day).lower() for word in words)


def _item(text: str, hint: str, *, href: str = "", command: str = "") -> Item:
    return {"text": text, "hint": hint, "href": href, "command": command}


def _instrument(one: Instrument) -> Item:
    """A contract leads to its chain, anything else to its details."""
    name = f"{one.symbol} · {one.name}" if one.kind is Kind.EQUITY else one.symbol
    if one.is_option:
        return _item(name, one.segment, href=chain_address(one))
    return _item(name, one.segment, href=f"/instruments?key={quote(one.key)}")
