"""Pages on a desk of fakes, visited by NiceGUI's simulated user."""

import pytest
from nicegui.testing import User

from tests.fake_desk import FakeDesk, make_desk


@pytest.fixture
def desk() -> FakeDesk:
    """Wednesday 18 Nov 2026, 10:00 IST, logged in, feed up, a small NIFTY universe."""
    return make_desk()


@pytest.fixture
async def visitor(user: User, desk: FakeDesk) -> User:
    """A user of the whole desk: every page is registered, none is open yet."""
    from ui import api
    from ui.opening import prepare
    from ui.shell import build

    prepare(desk.services.mode, desk.services.version).set()
    api.register(desk.services)
    build(desk.services)
    return user
