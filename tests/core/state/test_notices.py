from core.state.notices import KEPT, Level, Notices
from tests.fake_universe import NOW


def test_a_viewer_is_told_what_is_newer_than_it_saw():
    notices = Notices()
    first = notices.add(Level.INFO, "one", at=NOW, source="test")
    notices.add(Level.PROBLEM, "two", at=NOW, source="test")
    assert [n.text for n in notices.since(first.number)] == ["two"]
    assert [n.text for n in notices.all()] == ["one", "two"]


def test_the_memory_is_short_but_the_numbers_go_on():
    notices = Notices()
    for number in range(KEPT + 3):
        notices.add(Level.INFO, str(number), at=NOW, source="test")
    assert len(notices.all()) == KEPT
    assert notices.all()[-1].number == notices.count == KEPT + 3
