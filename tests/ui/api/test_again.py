"""Another desk in the place of the first, as when a replay begins anew: programs reach the new."""

from nicegui import app
from nicegui.testing import User

from core.settings import Mode
from tests.fake_desk import FakeDesk, make_desk
from ui import api


async def test_programs_reach_the_desk_that_was_registered_last(user: User, desk: FakeDesk) -> None:
    api.register(desk.services)
    count = len(app.routes)
    api.register(make_desk(mode=Mode.PAPER).services)
    assert len(app.routes) == count
    answer = await user.http_client.get("/api/v1/status")
    assert answer.json()["mode"] == "paper"
