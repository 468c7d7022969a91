"""The menu's entries: what a page is to the shell."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Builder = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class PageEntry:
    """`path` may have one parameter in braces; `build` takes the services and that parameter.

    `group` is the part of the menu that lists it; "" = not listed. `address` is where the menu
    leads, if not to `path` itself.
    """

    path: str
    title: str
    icon: str
    group: str
    build: Builder
    address: str = ""

    @property
    def href(self) -> str:
        return self.address or self.path
