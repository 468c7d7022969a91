"""Keys that a part of a page listens to wherever the focus is; single ones except in a field."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from nicegui import ui
from nicegui.events import GenericEventArguments

from ui.theme.style import ASSETS

KEYS: Final = {"desk-keys": str(ASSETS / "js" / "keys")}


class Keys(ui.element, component="keys.js", esm=KEYS):
    """`Keys({"]": next})` calls `next` on each `]`; ends with its part of the page.

    `"ctrl+s"` is Ctrl or Cmd with it, heard in fields too.
    """

    def __init__(self, actions: Mapping[str, Callable[[], Awaitable[object] | object]]) -> None:
        super().__init__()
        self._props["keys"] = list(actions)

        async def heard(event: GenericEventArguments) -> None:
            done = actions[str(event.args)]()
            if isinstance(done, Awaitable):
                await done

        self.on("key", heard)
