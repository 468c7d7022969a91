"""A report's files: whole, for programs and for people, and harmless whatever they tell of."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from math import nan

from core.backtest.engine import run
from core.backtest.metrics import metrics
from core.backtest.report import Report, Stretch, Tried
from core.backtest.run import Plan
from core.strategies.ready.sma_cross import SmaCross
from tests.core.backtest.markets import KEY, MONDAY, minutes, over
from ui.backtest.report_file import as_html, as_json

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
BAD = "<script>alert('x')</script>"


def report() -> tuple[Plan, Report]:
    result = run(SmaCross(fast=3, slow=9), over(minutes(days=4), capital=20_000.0))
    result = replace(result, title=BAD, assumptions=(BAD,))
    found = metrics(result)
    return Plan(strategy="sma_cross", key=KEY, symbol=BAD, first=MONDAY, last=MONDAY), Report(
        result=result,
        metrics={**found, "sortino": nan},
        tried=(Tried(parameters={"fast": 3, "slow": 9}, metrics=found),),
        stretches=(
            Stretch(
                chosen_from=MONDAY, judged_from=date(2026, 6, 3), judged_to=date(2026, 6, 4),
                parameters={"fast": 3}, inside=found, outside=found,
            ),
        ),
        objective="sharpe",
        deflated=0.25,
    )  # fmt: skip


def test_programs_get_every_trade_and_number() -> None:
    plan, found = report()
    told = json.loads(as_json(plan, found, AT))
    assert len(told["trades"]) == len(found.result.trades)
    assert told["trades"][0]["entered_at"].startswith("2026-06-01T09:")
    assert told["metrics"]["sharpe"] == found.metrics["sharpe"]
    assert told["metrics"]["sortino"] is None
    assert [day for day, _ in told["equity"]] == [
        "2026-06-01", "2026-06-02", "2026-06-03", "2026-06-04",
    ]  # fmt: skip
    assert told["stretches"][0]["judged_from"] == "2026-06-03"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, _: object) -> None:
        self.seen.add(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_people_get_a_page_that_is_whole_and_takes_nothing_from_elsewhere() -> None:
    plan, found = report()
    page = as_html(plan, found, AT)
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert tags.seen >= {"svg", "table", "h2"}
    assert tags.seen.isdisjoint({"script", "link", "img", "iframe"})
    assert "http" not in page
    for words in ("Walk-forward", "Combinations (1)", "Deflated Sharpe", "25.0%", "&lt;script&gt;"):
        assert words in page
