"""From socket to painted cell: what arrived when, against what was on the screen when."""

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from tests.bench.witness import Steps

PROBE = """() => {
  const seen = window.benchSeen = [], last = {}, channel = new MessageChannel();
  let batch = [];
  channel.port1.onmessage = () => {
    const at = performance.timeOrigin + performance.now();
    if (batch.length) window.benchRedraws++;
    for (const [id, v] of batch) seen.push([at, id, v]);
    batch = [];
  };
  window.benchRedraws = 0;
  const wanted = /-(ltp|bid|ask)$/;
  window.benchObserver = new MutationObserver((records) => {
    for (const { target } of records) {
      const id = target.dataset.testid, v = target.dataset.v;
      if (id === undefined || !wanted.test(id) || v === undefined || last[id] === v) continue;
      last[id] = v;
      batch.push([id, v]);
    }
    if (batch.length) channel.port2.postMessage(0);  // a task right after this frame
  });
  window.benchObserver.observe(document.querySelector('[data-testid=chain-grid]'),
    { subtree: true, attributes: true, attributeFilter: ['data-v'] });
}"""
"""Put into the page; notes every value that a cell takes, and when its frame was done."""

COLLECT = "() => { window.benchObserver.disconnect(); return window.benchSeen; }"


def newest(arrived: Steps, painted: Steps) -> list[float]:
    """Of each paint: how old was the value, in seconds?"""
    times = [at for at, _ in arrived]
    ages = []
    for at, x in painted:
        i = bisect_right(times, at) - 1
        while i >= 0 and arrived[i][1] != x:
            i -= 1
        if i >= 0:
            ages.append(at - arrived[i][0])
    return ages


def any_tick(arrived: Steps, painted: Steps) -> list[float]:
    """Of each arrival: how long until the screen showed it, or something that came after it?

    A value that came and went between two frames is shown by the paint of its successor; where the
    successor is what the screen shows already, the wait ends with its arrival.
    """
    waits: list[float] = []
    pending = 0
    shown = float("nan")
    events = sorted(
        [(at, 0, x) for at, x in arrived] + [(at, 1, x) for at, x in painted], key=lambda e: e[:2]
    )
    here = -1  # newest arrival so far
    for at, kind, x in events:
        if kind == 0:
            here += 1
            if x == shown:
                waits += [at - arrived[i][0] for i in range(pending, here)]
                pending = here + 1
            continue
        shown = x
        match = here
        while match >= pending and arrived[match][1] != x:
            match -= 1
        if match >= pending:
            waits += [at - arrived[i][0] for i in range(pending, match + 1)]
            pending = match + 1
    return waits


def percentile(samples: list[float] | NDArray[np.float64], share: float) -> float:
    """In milliseconds."""
    return float(1000 * np.quantile(np.asarray(samples), share)) if len(samples) else float("nan")
