"""Undo and redo."""

from ui.builder.past import LONGEST, Past


def test_steps_are_undone_and_redone_in_their_order() -> None:
    past = Past(0)
    past.put(1)
    past.put(2)
    assert (past.undo(), past.now) == (True, 1)
    assert (past.undo(), past.now) == (True, 0)
    assert not past.undo()
    assert (past.redo(), past.redo(), past.redo()) == (True, True, False)
    assert past.now == 2


def test_a_new_step_ends_what_could_be_redone() -> None:
    past = Past(0)
    past.put(1)
    past.undo()
    past.put(5)
    assert not past.can_redo
    past.undo()
    assert past.now == 0


def test_the_steps_of_one_gesture_are_undone_together() -> None:
    past = Past(0)
    past.put(1)
    for value in (2, 3, 4):
        past.put(value, gesture="drag 1")
    past.put(9, gesture="drag 2")
    past.undo()
    assert past.now == 4
    past.undo()
    assert past.now == 1


def test_what_is_amended_is_no_step() -> None:
    past = Past("a")
    past.put("b")
    past.amend("B")
    past.undo()
    assert past.now == "a"
    past.redo()
    assert past.now == "B"


def test_the_oldest_steps_are_let_go() -> None:
    past = Past(0)
    for value in range(1, LONGEST + 50):
        past.put(value)
    while past.undo():
        pass
    assert past.now == 49
