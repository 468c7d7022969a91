"""Whatever is traded on paper, its cash is what an independent count of the same fills says."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from core.charges.charges import charges
from core.paper.writing import Writer, read
from core.trading.fills import Fill
from core.trading.ledger import trades
from core.trading.requests import OrderType, Product, Side
from tests.core.trading.samples import CALL, KEY, LOT, ask
from tests.paper import FUTURE, PaperBench, at, paper_bench

D = Decimal
PRODUCTS = (Product.CARRY, Product.INTRADAY)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([CALL, FUTURE]),
        st.sampled_from(Side),
        st.sampled_from(PRODUCTS),
        st.integers(1, 4),
        st.integers(-40, 40),
    ),
    min_size=1,
    max_size=14,
)


def run(steps: list[tuple[object, ...]]) -> tuple[PaperBench, list[Fill]]:
    """Two days of market orders; a restart between any two of them changes nothing."""
    bench, fills = paper_bench(capital=10**9), list[Fill]()
    for number, (contract, side, product, lots, away) in enumerate(steps):
        if number == len(steps) // 2:
            fills += bench.account.memory.fills
            bench.go(at(10, day=bench.now.date().replace(day=24)))
            bench.spot()
        base = D(150) if contract is CALL else D(24_000)
        price = base + D(away) / 10
        key = contract.key  # type: ignore[attr-defined]
        bench.trade(str(price), 1, key)
        bench.quote([(str(price), 10_000)], [(str(price + D("0.1")), 10_000)], key)
        request = ask(
            side,  # type: ignore[arg-type]
            LOT * lots,  # type: ignore[operator]
            key=key,
            product=product,
            type=OrderType.MARKET,
            price=D(0),
        )
        bench.place(request, contract)  # type: ignore[arg-type]
        bench = bench.restarted()
        bench.spot()
    return bench, fills + bench.account.memory.fills


@settings(max_examples=12, deadline=None)
@given(STEPS)
def test_cash_adds_up_over_days_and_restarts(steps: list[tuple[object, ...]]) -> None:
    bench, fills = run(steps)
    memory = bench.account.memory
    today = {fill.id for fill in memory.fills}
    before = trades([fill for fill in fills if fill.id not in today], memory.instruments | LISTED)
    paid = charges(before).contract_note().total if before else D(0)
    open_cost = sum((p.cost for p in memory.positions if p.key == FUTURE.key), Fraction(0))
    flows = sum((Fraction(-fill.signed * fill.price) for fill in fills), Fraction(0))
    assert memory.cash == 10**9 + flows + open_cost - Fraction(paid)
    units = sum(fill.signed for fill in fills if fill.key == KEY)
    assert units == sum(p.quantity for p in memory.positions if p.key == KEY)
    assert read(Writer().written(memory)) == memory


LISTED = {each.key: each for each in (CALL, FUTURE)}
