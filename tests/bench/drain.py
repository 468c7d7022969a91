"""Visitors without a screen: each opens a chain page over its socket and keeps up with it."""

import ast
import asyncio
import html
import json
import re
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import socketio

PATCH = re.compile(r'runMethod\((\d+), "patch", (\[.*\])\)', re.DOTALL)


class Visitor:
    """Speaks NiceGUI's protocol as far as a chain grid needs it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._socket = socketio.AsyncClient(reconnection=False)
        self._client_id = ""
        self._grids: dict[int, dict[str, Any]] = {}
        self._next = 0
        self.patches = 0
        self._socket.on("update", self._updated)
        self._socket.on("run_javascript", self._told)

    async def visit(self, address: str) -> None:
        async with httpx.AsyncClient(base_url=self._url, trust_env=False, timeout=30) as client:
            page = (await client.get(address)).text
        query: dict[str, Any] = ast.literal_eval(_between(page, "query: ", "\n").rstrip(", "))
        self._client_id = query["client_id"]
        self._next = int(query.get("next_message_id", 0))
        elements = json.loads(html.unescape(_between(page, "String.raw`", "`")))
        query |= {"document_id": str(uuid.uuid4()), "tab_id": str(uuid.uuid4()), "old_tab_id": ""}
        text = {name: json.dumps(v) if isinstance(v, bool) else str(v) for name, v in query.items()}
        asked = "&".join(f"{name}={value}" for name, value in text.items())
        await self._socket.connect(
            f"{self._url}?{asked}",
            socketio_path="/_nicegui_ws/socket.io",
            transports=["websocket"],
        )
        if not query.get("implicit_handshake"):
            await self._socket.emit("handshake", query)
        self._updated(elements)
        while True:
            await asyncio.sleep(3)
            await self._socket.emit(
                "ack", {"client_id": self._client_id, "next_message_id": self._next}
            )

    def _updated(self, elements: dict[str, Any]) -> None:
        self._count(elements)
        for number, element in elements.items():
            if isinstance(element, dict) and "chain_grid" in str(element.get("tag", "")).replace(
                "-", "_"
            ):
                self._grids[int(number)] = element
                asyncio.get_running_loop().create_task(self._look(int(number), 0))

    async def _told(self, message: dict[str, Any]) -> None:
        self._count(message)
        for number, arguments in _patches(str(message.get("code", ""))):
            if number in self._grids:
                self.patches += 1
                await self._look(number, arguments[2])

    async def _look(self, grid: int, sequence: int) -> None:
        """Say that the grid is shown and how far we have read."""
        element = self._grids.get(grid)
        if element is None:
            return
        listener = next(e for e in element["events"] if e["type"] == "view")
        view = {"first": 25, "last": 55, "shown": True, "seq": sequence, "narrow": False}
        message = {"id": grid, "client_id": self._client_id, "args": [json.dumps(view)]}
        await self._socket.emit("event", {**message, "listener_id": listener["listener_id"]})

    def _count(self, message: dict[str, Any]) -> None:
        if "_id" in message:
            self._next = int(message.pop("_id")) + 1


def _patches(code: str) -> Iterator[tuple[int, list[Any]]]:
    for found in PATCH.finditer(code):
        yield int(found[1]), json.loads(found[2])


def _between(text: str, start: str, end: str) -> str:
    begun = text.index(start) + len(start)
    return text[begun : text.index(end, begun)]


async def _main(url: str, count: int) -> None:
    visitors = [Visitor(url) for _ in range(count)]
    visits = [asyncio.create_task(visitor.visit("/chain/NIFTY")) for visitor in visitors]

    async def tell() -> None:
        while True:
            await asyncio.sleep(1)
            sys.stdout.write(" ".join(str(visitor.patches) for visitor in visitors) + "\n")
            sys.stdout.flush()

    await asyncio.gather(tell(), *visits)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2])))
