"""Builds the page that a client looks at once more, where what it stands on has changed."""

from collections.abc import Callable

from nicegui import Client, background_tasks, context

from ui.components.watch import watch


def build_anew(client: Client) -> None:
    background_tasks.create(_refresh(client), name="page anew")


def build_anew_when(changed: Callable[[], bool]) -> None:
    client = context.client
    watch(changed, lambda: build_anew(client))


async def _refresh(client: Client) -> None:
    with client:
        await client.sub_pages_router.refresh()
