"""The menu's entries: what a page is to the shell."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Builder = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class PageEntry:
    """`path` may have one parameter in braces; `build` takes the services and that parameter.

    `group` is the part of the menu that lists it; "" = not listed. `address` is where the menu
    leads, if not to `path` itself. A phone's menu has only those marked `phone`, and all others
    under "More". `short` is what the menu says, if not the last word of the title.
    """

    path: str
    title: str
    icon: str
    group: str
    build: Builder
    address: str = ""
    phone: bool = False
    short: str = ""

    @property
    def href(self) -> str:
        return self.address or self.path
