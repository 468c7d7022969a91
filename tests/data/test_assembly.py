"""What a desk is put together over belongs to one market."""

import pytest

from core.errors import StorageProblem
from data.assembly import claim
from tests.fakes import MemoryPreferences


@pytest.mark.parametrize("made_up", [True, False])
async def test_a_database_is_of_one_market_only(made_up: bool) -> None:
    preferences = MemoryPreferences()
    await claim(preferences, made_up=made_up)
    await claim(preferences, made_up=made_up)
    with pytest.raises(StorageProblem, match="a database of its own"):
        await claim(preferences, made_up=not made_up)
