"""Charges: the worked examples to the paisa, the dated changes, and what is refused."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from core.charges.charges import Charges, Exercise, Trade, charges, slices
from core.charges.plans import flat
from core.charges.rates import Segment, Side
from core.errors import BadData, RuleBroken
from core.instruments.instrument import Right

DAY = date(2026, 11, 20)


def trade(side: Side, price: str, quantity: int = 65, **other: object) -> Trade:
    return Trade(
        **{  # type: ignore[arg-type]
            "segment": Segment.OPTION,
            "exchange": "NSE",
            "underlying": "NIFTY",
            "side": side,
            "quantity": quantity,
            "price": Decimal(price),
            "day": DAY,
        }
        | other
    )


def round_trip(buy: str, sell: str, quantity: int = 65, **other: object) -> Charges:
    return charges(
        [trade(Side.BUY, buy, quantity, **other), trade(Side.SELL, sell, quantity, **other)]
    )


def paise(amount: Decimal) -> str:
    return str(amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def heads(found: Charges) -> list[str]:
    names = ("brokerage", "stt", "transaction", "sebi", "stamp", "gst")
    return [paise(getattr(found, name)) for name in names]


SHARES = {"segment": Segment.EQUITY_INTRADAY, "underlying": "RELIANCE"}
FUTURE = {"segment": Segment.FUTURE}
SENSEX = {"exchange": "BSE", "underlying": "SENSEX"}
EXAMPLES = {
    "one lot of a NIFTY option": (round_trip("150", "165"), "72.19", "71.80"),
    "ten lots, one order each way": (round_trip("150", "165", 650), "297.08", "297.28"),
    "a SENSEX option": (round_trip("300", "280", 20, **SENSEX), "60.24", "59.66"),
    "a NIFTY future": (round_trip("24452.60", "24500", **FUTURE), "947.70", "947.66"),
    "shares within the day": (round_trip("1300", "1310", 100, **SHARES), "93.61", "93.96"),
    "shares delivered": (
        round_trip("1300", "1400", 100, **SHARES | {"segment": Segment.EQUITY_DELIVERY}),
        "346.80",
        "347.30",
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_worked_example_comes_out_to_the_paisa_in_both_roundings(name: str) -> None:
    found, unrounded, note = EXAMPLES[name]
    assert (paise(found.total), str(found.contract_note().total)) == (unrounded, note)


def test_every_head_of_the_examples_is_the_published_one() -> None:
    one = round_trip("150", "165")
    assert heads(one) == ["40.00", "16.09", "7.27", "0.02", "0.29", "8.51"]
    assert (round(one.ipft, 4), round(one.sebi, 4)) == (Decimal("0.0020"), Decimal("0.0205"))
    ten = round_trip("150", "165", 650)
    assert heads(ten) == ["40.00", "160.88", "72.73", "0.20", "2.93", "20.33"]
    sensex = round_trip("300", "280", 20, **SENSEX)
    assert heads(sensex) == ["40.00", "8.40", "3.77", "0.01", "0.18", "7.88"]
    assert sensex.ipft == 0, "the BSE takes none"
    future = round_trip("24452.60", "24500", **FUTURE)
    assert heads(future) == ["40.00", "796.25", "58.23", "3.18", "31.79", "18.25"]


def test_net_and_break_even_of_the_examples() -> None:
    one = round_trip("150", "165")
    assert paise(65 * Decimal(15) - one.total) == "902.81"
    assert round(one.break_even(65), 3) == Decimal("1.111")
    sensex = round_trip("300", "280", 20, **SENSEX)
    assert paise(20 * Decimal(-20) - sensex.total) == "-460.24"
    future = round_trip("24452.60", "24500", **FUTURE)
    assert round(future.break_even(65), 2) == Decimal("14.58")
    with pytest.raises(RuleBroken):
        future.break_even(0)


def exercise(settlement: str = "24252.00", **other: object) -> Exercise:
    return Exercise(
        **{  # type: ignore[arg-type]
            "exchange": "NSE",
            "underlying": "NIFTY",
            "right": Right.CALL,
            "strike": Decimal(24200),
            "settlement": Decimal(settlement),
            "quantity": 65,
            "day": DAY,
        }
        | other
    )


def test_an_exercised_option_pays_tax_on_its_intrinsic_value() -> None:
    assert exercise().intrinsic == 3380
    found = charges([], [exercise()])
    assert (found.total, found.contract_note().total) == (Decimal("5.07"), 5)
    assert charges([], [exercise("24199.95")]).total == 0, "out of the money nothing is exercised"
    put = exercise("24100", right=Right.PUT)
    assert charges([], [put]).stt == Decimal("9.75")
    assert charges([], [exercise(day=date(2026, 3, 30))]).stt == Decimal("4.225")


def test_stamp_duty_is_not_ten_times_too_small() -> None:
    assert charges([trade(Side.BUY, "150")]).stamp == Decimal("0.2925")
    assert charges([trade(Side.SELL, "150")]).stamp == 0


@pytest.mark.parametrize(
    ("segment", "day", "stt", "exchange_fee", "ipft"),
    [
        (Segment.OPTION, date(2024, 10, 1), "10000", "350.3", "5"),
        (Segment.OPTION, date(2026, 2, 28), "10000", "350.3", "5"),
        (Segment.OPTION, date(2026, 3, 1), "10000", "355.2", "0.1"),
        (Segment.OPTION, date(2026, 3, 31), "10000", "355.2", "0.1"),
        (Segment.OPTION, date(2026, 4, 1), "15000", "355.2", "0.1"),
        (Segment.FUTURE, date(2026, 2, 28), "2000", "17.3", "1"),
        (Segment.FUTURE, date(2026, 3, 31), "2000", "18.299", "0.001"),
        (Segment.FUTURE, date(2026, 4, 1), "5000", "18.299", "0.001"),
        (Segment.EQUITY_INTRADAY, date(2026, 2, 28), "2500", "29.7", "1"),
        (Segment.EQUITY_INTRADAY, date(2026, 3, 1), "2500", "30.699", "0.001"),
    ],
)
def test_a_rate_changes_on_its_day(
    segment: Segment, day: date, stt: str, exchange_fee: str, ipft: str
) -> None:
    found = charges([trade(Side.SELL, "10000", 1000, segment=segment, day=day)])
    assert found.stt == Decimal(stt)
    assert found.transaction == Decimal(exchange_fee) * 10
    assert found.ipft == Decimal(ipft) * 10


@pytest.mark.parametrize(
    ("underlying", "fee"),
    [("SENSEX", "32.5"), ("BANKEX", "32.5"), ("SENSEX50", "5"), ("TCS", "5"), ("FOCIT", "0")],
)
def test_the_fee_of_the_bse_depends_on_the_underlying(underlying: str, fee: str) -> None:
    found = charges([trade(Side.BUY, "1000", 100, exchange="BSE", underlying=underlying)])
    assert found.transaction == Decimal(fee)
    future = trade(Side.BUY, "1000", 100, **FUTURE, exchange="BSE", underlying=underlying)
    assert charges([future]).transaction == 0


def test_fills_of_one_order_pay_one_brokerage_and_slices_one_each() -> None:
    fills = [trade(Side.BUY, "150", 65, order_id="A"), trade(Side.BUY, "150.05", 65, order_id="A")]
    assert charges(fills).brokerage == 20
    assert charges([*fills, trade(Side.BUY, "150", order_id="B")]).brokerage == 40
    parts = slices(trade(Side.BUY, "150", 5 * 1755 + 65), 1755)
    assert [part.quantity for part in parts] == [1755] * 5 + [65]
    assert charges(parts).brokerage == 120
    assert [part.quantity for part in slices(trade(Side.BUY, "150", 1755), 1755)] == [1755]


def test_a_small_order_of_futures_or_shares_pays_its_share_of_the_turnover() -> None:
    assert charges([trade(Side.BUY, "100", 10, **SHARES)]).brokerage == 1
    fills = [trade(Side.BUY, "100", 100, **SHARES, order_id="A")] * 3
    assert charges(fills).brokerage == 20, "the cap is for the order, not for the fill"


def test_the_plan_is_an_argument() -> None:
    found = charges([trade(Side.BUY, "150")], plan=flat("mine", Decimal(10)))
    assert found.brokerage == 10


def test_each_day_and_segment_has_a_contract_note_of_its_own() -> None:
    one = trade(Side.SELL, "100", 3)  # STT 0.45
    same = charges([one, one])
    assert same.contract_note().stt == 1, "0.90 on one note"
    apart = charges([one, trade(Side.SELL, "100", 3, day=date(2026, 11, 23))])
    assert apart.stt == Decimal("0.90")
    assert apart.contract_note().stt == 0, "0.45 on each of two notes"
    assert len(charges([one, trade(Side.SELL, "100", 3, **FUTURE)]).notes) == 1
    assert len(charges([one, trade(Side.SELL, "100", 3, **SENSEX)]).notes) == 2


def test_what_the_tables_do_not_know_is_refused_and_never_guessed() -> None:
    with pytest.raises(RuleBroken, match="transaction fee of the NSE only from 2024-10-01 on"):
        charges([trade(Side.BUY, "150", day=date(2024, 9, 30))])
    with pytest.raises(RuleBroken, match="STT of exercised options only from 2023-04-01 on"):
        charges([], [exercise(day=date(2023, 3, 31))])
    with pytest.raises(RuleBroken, match="exchange MCX"):
        charges([trade(Side.BUY, "150", exchange="MCX")])
    early = trade(Side.BUY, "150", exchange="BSE", underlying="FOCIT", day=date(2026, 5, 8))
    with pytest.raises(RuleBroken, match="only from 2026-05-11"):
        charges([early])
    with pytest.raises(RuleBroken, match="0 units"):
        trade(Side.BUY, "150", 0)
    with pytest.raises(BadData):
        trade(Side.BUY, "NaN")
    with pytest.raises(BadData):
        slices(trade(Side.BUY, "150"), 0)


def test_nothing_traded_costs_nothing() -> None:
    assert charges([]).total == charges([]).contract_note().total == 0
