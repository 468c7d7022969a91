"""Watchlists as screens use them: in order, with clear words for what was done."""

from dataclasses import replace
from uuid import uuid4

from core.errors import RuleBroken
from core.ids import LOCAL_USER, InstrumentKey
from core.ports.repositories import Watchlist, WatchlistRepository

LONGEST_NAME = 40
MOST_KEYS = 200
FIRST_NAME = "Watch 1"


async def ordered(repository: WatchlistRepository) -> list[Watchlist]:
    return sorted(await repository.all(LOCAL_USER), key=lambda w: (w.position, w.name))


async def create(repository: WatchlistRepository, name: str) -> Watchlist:
    lists = await ordered(repository)
    made = Watchlist(
        id=uuid4().hex,
        user=LOCAL_USER,
        name=checked_name(name, lists),
        position=1 + max((w.position for w in lists), default=-1),
        keys=(),
    )
    await repository.save(made)
    return made


async def rename(repository: WatchlistRepository, chosen: Watchlist, name: str) -> Watchlist:
    others = [w for w in await ordered(repository) if w.id != chosen.id]
    renamed = replace(chosen, name=checked_name(name, others))
    await repository.save(renamed)
    return renamed


async def add(repository: WatchlistRepository, id: str, key: InstrumentKey) -> Watchlist:
    """Add to the list `id`, else to the first, which is made if there is none."""
    lists = await ordered(repository)
    chosen = next((w for w in lists if w.id == id), lists[0] if lists else None)
    if chosen is None:
        chosen = await create(repository, FIRST_NAME)
    if key in chosen.keys:
        raise RuleBroken(f"It is on “{chosen.name}” already.")
    if len(chosen.keys) >= MOST_KEYS:
        raise RuleBroken(f"“{chosen.name}” is full: {MOST_KEYS} instruments at most.")
    grown = replace(chosen, keys=(*chosen.keys, key))
    await repository.save(grown)
    return grown


def checked_name(name: str, others: list[Watchlist]) -> str:
    tidy = " ".join(name.split())
    if not tidy:
        raise RuleBroken("A watchlist needs a name.")
    if len(tidy) > LONGEST_NAME:
        raise RuleBroken(f"A name has at most {LONGEST_NAME} characters.")
    if any(w.name.casefold() == tidy.casefold() for w in others):
        raise RuleBroken(f"There is a watchlist named “{tidy}” already.")
    return tidy
