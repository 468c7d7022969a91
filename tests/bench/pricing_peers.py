"""A peer that prices beside us: `python pricing_peers.py NAME`, run in an environment of its own.

Reads pickles from its input, answers by pickles: first the chains, then ("time", chain, passes) →
seconds of a pass, ("result", chain, 0) → columns iv, delta, gamma, theta, vega, rho.
"""

import gc
import math
import pickle
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

Chain = dict[str, Any]
Columns = Sequence[Sequence[float]]
Pricer = Callable[[Chain], Columns]


def vectorized() -> Pricer:
    from py_vollib_vectorized import get_all_greeks, vectorized_implied_volatility_black

    def compute(c: Chain) -> Columns:
        iv = vectorized_implied_volatility_black(
            c["price"], c["forward"], c["strike"], c["rate"], c["years"], c["flag"],
            return_as="numpy",
        )  # fmt: skip
        # a yield of the same size as the rate makes the spot a forward; its "black" model adds
        # carry to the forward and gives other greeks, in the same time
        g = get_all_greeks(
            c["flag"], c["forward"], c["strike"], c["years"], c["rate"], iv, c["rate"],
            model="black_scholes_merton", return_as="dict",
        )  # fmt: skip
        return [iv, g["delta"], g["gamma"], g["theta"], g["vega"], g["rho"]]

    return compute


def vollib() -> Pricer:
    from vollib.black.greeks.analytical import delta, gamma, rho, theta, vega
    from vollib.black.implied_volatility import implied_volatility

    def compute(c: Chain) -> Columns:
        rows = []
        rate = c["rate"]
        for price, f, k, t, flag in c["rows"]:
            iv = implied_volatility(price, f, k, rate, t, flag)
            rows.append(
                (iv, *(g(flag, f, k, t, rate, iv) for g in (delta, gamma, theta, vega, rho)))
            )
        return list(zip(*rows, strict=True))

    return compute


def quantlib() -> Pricer:
    import QuantLib as ql

    call, put = ql.Option.Call, ql.Option.Put
    implied, payoff, black = (
        ql.blackFormulaImpliedStdDev,
        ql.PlainVanillaPayoff,
        ql.BlackCalculator,
    )

    def compute(c: Chain) -> Columns:
        rows = []
        rate = c["rate"]
        for price, f, k, t, flag in c["rows"]:
            kind, discount = call if flag == "c" else put, math.exp(-rate * t)
            s = implied(kind, k, f, price, discount)
            b = black(payoff(kind, k), f, s, discount)
            decay = (rate * price - 0.5 * (s * s / t) * f * f * b.gammaForward()) / 365
            rows.append(
                (s / math.sqrt(t), b.deltaForward(), b.gammaForward(), decay, b.vega(t) / 100,
                 -t * price / 100)
            )  # fmt: skip
        return list(zip(*rows, strict=True))

    return compute


PEERS = {"vectorized": vectorized, "vollib": vollib, "quantlib": quantlib}


def main(name: str) -> None:
    warnings.filterwarnings("ignore")
    compute = PEERS[name]()
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    chains = [_prepared(chain) for chain in pickle.load(asked)]
    while True:
        try:
            what, at, passes = pickle.load(asked)
        except EOFError:
            return
        if what == "time":
            gc.collect()
            begun = time.perf_counter()
            for _ in range(passes):
                compute(chains[at])
            answer: object = (time.perf_counter() - begun) / passes
        else:
            answer = [[float(x) for x in column] for column in compute(chains[at])]
        pickle.dump(answer, answers)
        answers.flush()


def _prepared(chain: Chain) -> Chain:
    """Each input as its peer likes it: columns for arrays, rows of floats for loops."""
    import numpy as np

    flags = ["c" if call else "p" for call in chain["call"]]
    columns = np.broadcast_arrays(*(chain[n] for n in ("price", "forward", "strike", "years")))
    rows = list(zip(*(column.tolist() for column in columns), flags, strict=True))
    return {**chain, "flag": np.array(flags), "rows": rows}


if __name__ == "__main__":
    main(sys.argv[1])
