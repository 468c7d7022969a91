"""The builder's drafts: kept, found, shared, brought back, and never silently changed."""

import json
from datetime import timedelta

import numpy as np
from nicegui import ui
from nicegui.elements.upload_files import SmallFileUpload
from nicegui.testing import User

from core.strategies.draft_file import from_json, to_json
from tests.core.strategies.markets import leg as made_up
from tests.fake_desk import FakeDesk
from tests.fake_universe import NOW
from tests.ui.finding import one, shown
from tests.ui.pages.builder_visit import (
    BUILDER,
    by_testid,
    chart,
    ctrl_s,
    draft,
    elements,
    library,
    on_table,
    opened,
    press,
    real,
    rows,
    table,
)
from tests.ui.waiting import say, until


async def test_ctrl_s_keeps_the_draft_under_its_name_and_tags(
    visitor: User, desk: FakeDesk
) -> None:
    await opened(visitor)
    one(visitor, "draft-name").value = "My condor"
    one(visitor, "draft-tags").value = "weekly, income, weekly"
    ctrl_s(visitor)
    await until(lambda: len(library(desk)) == 1)
    (kept,) = library(desk)
    assert (kept.name, kept.tags, len(kept.legs)) == ("My condor", ("weekly", "income"), 4)
    await until(lambda: by_testid(visitor, "draft-state").text == "saved")
    await until(lambda: [row[0] for row in rows(visitor, "drafts")] == ["My condor"])


async def test_a_draft_without_a_name_is_refused_and_stays_on_the_table(
    visitor: User, desk: FakeDesk
) -> None:
    await opened(visitor)
    one(visitor, "draft-name").value = "  "
    ctrl_s(visitor)
    await visitor.should_see("A draft needs a name.")
    assert not library(desk)
    assert len(on_table(desk).legs) == 4


async def test_a_copy_has_a_name_of_its_own(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    one(visitor, "draft-name").value = "Condor"
    ctrl_s(visitor)
    await until(lambda: len(library(desk)) == 1)
    visitor.find(marker="draft-save-copy").click()
    await until(lambda: len(library(desk)) == 2)
    assert sorted(each.name for each in library(desk)) == ["Condor", "Condor (copy)"]


async def test_saving_keeps_what_the_library_knows_of_following(
    visitor: User, desk: FakeDesk
) -> None:
    await opened(visitor)
    ctrl_s(visitor)
    await until(lambda: len(library(desk)) == 1)
    await desk.services.draft_keeper.track(library(desk)[0].id, on=True)
    one(visitor, "draft-name").value = "Renamed"
    ctrl_s(visitor)
    await until(lambda: library(desk)[0].name == "Renamed")
    assert library(desk)[0].tracked


async def test_drafts_are_searched_and_narrowed_by_tag(visitor: User, desk: FakeDesk) -> None:
    keeper = desk.services.draft_keeper
    await keeper.save(draft("a", real(1, 24_200, "CE"), tags=("hedge",)))
    await keeper.save(draft("b", real(1, 24_500, "PE")))
    await opened(visitor, BUILDER)
    found = table(visitor, "drafts")
    await until(lambda: set(shown(found)) == {"a", "b"})
    one(visitor, "drafts-search").value = "24500"
    await until(lambda: set(shown(found)) == {"b"})
    one(visitor, "drafts-search").value = ""
    press(visitor, "tag-hedge")
    await until(lambda: set(shown(found)) == {"a"})


async def test_a_deleted_draft_comes_back_with_its_minutes(visitor: User, desk: FakeDesk) -> None:
    services = desk.services
    keeper = services.draft_keeper
    await keeper.save(draft("a", real(-1, 24_200, "CE"), tracked=True))
    keeper.look()
    desk.clock.advance(timedelta(minutes=1))
    keeper.look()
    await keeper.flush()
    now = desk.clock.now()
    before = await keeper.candles("a", NOW, now)
    assert len(before) == 1
    await opened(visitor, BUILDER)
    found = table(visitor, "drafts")
    await until(lambda: "a" in shown(found))
    say(found, "act", ["a", "delete"])
    await visitor.should_see("was deleted")
    assert not library(desk)
    visitor.find(marker="draft-undo-delete").click()
    await until(lambda: [each.id for each in library(desk)] == ["a"])
    after = await keeper.candles("a", NOW, now)
    assert after.close.tolist() == before.close.tolist()


async def test_a_draft_of_another_day_is_opened_with_marks_and_nothing_is_lost(
    visitor: User, desk: FakeDesk
) -> None:
    gone = made_up(-1, 24_000, "PE", 50.0)  # expired in August
    old = draft("old", gone, real(-1, 24_200, "CE"))
    await desk.services.draft_keeper.save(old)
    await opened(visitor, BUILDER)
    found = table(visitor, "drafts")
    await until(lambda: shown(found).get("old", [""] * 6)[5] == "1 expired")
    say(found, "pick", "old")
    await until(lambda: on_table(desk).id == "old")
    await visitor.should_see("marked, kept as they were saved")
    assert on_table(desk).legs == old.legs
    await until(lambda: chart(visitor, "payoff").parts.get("x", np.empty(0)).size > 9)


async def test_what_was_on_the_table_comes_back_by_undo(visitor: User, desk: FakeDesk) -> None:
    await desk.services.draft_keeper.save(draft("a", real(1, 24_200, "CE")))
    await opened(visitor)
    before = on_table(desk)
    say(table(visitor, "drafts"), "pick", "a")
    await until(lambda: on_table(desk).id == "a")
    visitor.find(marker="undo").click()
    await until(lambda: on_table(desk).id == before.id)
    assert on_table(desk).legs == before.legs


async def test_a_file_is_shared_and_read_again(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    ctrl_s(visitor)
    await until(lambda: len(library(desk)) == 1)
    (kept,) = library(desk)
    await until(lambda: len(rows(visitor, "drafts")) == 1)
    say(table(visitor, "drafts"), "act", [kept.id, "share"])
    answer = await visitor.download.next()
    assert from_json(answer.text).legs == kept.legs


async def test_a_file_that_is_wrong_is_refused_in_words(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor, BUILDER)
    told = json.loads(to_json(draft("a", real(1, 24_200, "CE"))))
    good = json.dumps(told)
    told["legs"][0]["strike"] = -5
    await drop(visitor, "bad.json", json.dumps(told))
    await visitor.should_see("bad.json: This draft cannot be read. legs 1 strike")
    await drop(visitor, "worse.json", "{")
    await visitor.should_see("worse.json: This file is not JSON.")
    assert not library(desk)
    await drop(visitor, "good.json", good)
    await until(lambda: on_table(desk).name == "Draft a")
    assert len(library(desk)) == 1


async def drop(visitor: User, name: str, text: str) -> None:
    box = next(e for e in elements(visitor) if isinstance(e, ui.upload))
    file = SmallFileUpload(name=name, content_type="application/json", _data=text.encode())
    await box.handle_uploads([file])


# suggestions
