// The bars of a chart in flat arrays, and pairs of series: one holds the past still, one moves.
export const IST = 19_800; // seconds; the time scale is laid in UTC, so that ticks fall on Indian hours
const FIELDS = ["open", "high", "low", "close"], ROOM = 512, SPARE = 400;

// What the server packed: times, four prices in `scale` parts of a rupee, volume and open interest
export function unpack({ n, scale }, text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  const part = (Kind, at) => new Kind(bytes, 4 * n * at, n);
  const found = { time: Float64Array.from(part(Uint32Array, 0)) };
  FIELDS.forEach((name, i) => (found[name] = Float64Array.from(part(Int32Array, 1 + i), (v) => v / scale)));
  found.volume = Float64Array.from(part(Float32Array, 5));
  found.oi = Float64Array.from(part(Float32Array, 6));
  return found;
}

export const numbers = (text) => new Float64Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);

export class Bars {
  constructor() {
    this.use({ time: [], open: [], high: [], low: [], close: [], volume: [], oi: [] });
  }
  use(parts) {
    this.n = parts.time.length;
    for (const name in parts) {
      this[name] = new Float64Array(this.n + ROOM);
      this[name].set(parts[name]);
    }
    this.names = Object.keys(parts);
    this.smooth();
  }
  // of bars that are known already nothing is taken
  prepend(parts) {
    const first = this.n ? this.time[0] : Infinity, from = parts.time.findIndex((time) => time >= first);
    const kept = from < 0 ? parts.time.length : from, joined = {};
    for (const name of this.names) {
      joined[name] = new Float64Array(kept + this.n);
      joined[name].set(parts[name].subarray(0, kept));
      joined[name].set(this[name].subarray(0, this.n), kept);
    }
    this.use(joined);
  }
  // the last bar as it is now, or one after it; false for one that is long over
  put(bar) {
    const last = this.n ? this.time[this.n - 1] : -1;
    if (bar[0] < last) return false;
    if (bar[0] > last) this.n++;
    if (this.n > this.time.length) this.grow();
    this.names.forEach((name, i) => (this[name][this.n - 1] = bar[i]));
    this.smoothAt(this.n - 1);
    return true;
  }
  grow() {
    for (const name of [...this.names, "haOpen", "haHigh", "haLow", "haClose"]) {
      const wider = new Float64Array(this.n + ROOM);
      wider.set(this[name]);
      this[name] = wider;
    }
  }
  // Heikin-Ashi: each bar opens in the middle of the one before
  smooth() {
    for (const name of ["haOpen", "haHigh", "haLow", "haClose"]) this[name] = new Float64Array(this.time.length);
    for (let i = 0; i < this.n; i++) this.smoothAt(i);
  }
  smoothAt(i) {
    const close = (this.open[i] + this.high[i] + this.low[i] + this.close[i]) / 4;
    const open = i ? (this.haOpen[i - 1] + this.haClose[i - 1]) / 2 : (this.open[i] + this.close[i]) / 2;
    this.haOpen[i] = open;
    this.haClose[i] = close;
    this.haHigh[i] = Math.max(this.high[i], open, close);
    this.haLow[i] = Math.min(this.low[i], open, close);
  }
  // the last bar that starts at or before a moment; -1 before the first
  at(time) {
    let low = 0, high = this.n;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.time[middle] <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
  has(name) {
    for (let i = 0; i < this.n; i++) if (this[name][i] > 0) return true;
    return false;
  }
}

// Moving one bar of a series costs as much as all its bars: the last ones are a series of their own
export class Pair {
  constructor(chart, kind, options, pane, row, { joined = false } = {}) {
    this.row = row;
    this.joined = joined; // a line needs the point before, to begin at
    this.past = chart.addSeries(kind, { ...options, lastValueVisible: false, priceLineVisible: false }, pane);
    this.now = chart.addSeries(kind, options, pane);
    this.chart = chart;
  }
  fill(count) {
    const rows = [], cut = Math.max(0, count - 1);
    for (let i = 0; i < cut; i++) rows.push(this.row(i));
    this.past.setData(rows);
    this.from = this.joined ? Math.max(0, cut - 1) : cut;
    this.tail(count);
    this.count = count;
  }
  tail(count) {
    const rows = [];
    for (let i = this.from; i < count; i++) rows.push(this.row(i));
    this.now.setData(rows);
  }
  move(count) {
    if (count - this.from > SPARE || count < this.count) return this.fill(count);
    for (let i = Math.max(this.from, this.count - 1); i < count; i++) this.now.update(this.row(i));
    this.count = count;
  }
  each(change) {
    change(this.past);
    change(this.now);
  }
  options(given) {
    this.past.applyOptions({ ...given, lastValueVisible: false, priceLineVisible: false });
    this.now.applyOptions(given);
  }
  y(price) {
    return this.now.priceToCoordinate(price) ?? this.past.priceToCoordinate(price);
  }
  price(y) {
    return this.now.coordinateToPrice(y) ?? this.past.coordinateToPrice(y);
  }
  remove() {
    this.each((series) => this.chart.removeSeries(series));
  }
}
