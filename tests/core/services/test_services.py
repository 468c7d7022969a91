from core.state.health import Link
from core.state.session import Login
from tests.fake_desk import make_desk, make_services


def test_a_desk_that_has_all_it_needs_is_ready():
    assert make_services().ready() == []


def test_every_lack_is_a_reason():
    desk = make_desk(logged_in=False, connected=False, instruments=[])
    assert desk.services.ready() == [
        "there are no instruments yet",
        f"broker: {Login.NONE}",
        f"the feed is {Link.DOWN}",
    ]
