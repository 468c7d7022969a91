// Where moments and prices lie on the chart: what drawings, lines and marks are laid on.
export const ground = {
  methods: {
    // a place counts bars, with parts of one between them and on beyond the last
    placeOf(time) {
      const { store, facts } = this, at = store.at(time), last = store.n - 1;
      if (last < 0) return 0;
      if (at < 0) return (time - store.time[0]) / facts.seconds;
      if (at < last) return at + (time - store.time[at]) / (store.time[at + 1] - store.time[at]);
      const ahead = facts.ahead.findLastIndex((each) => each <= time);
      const begun = ahead < 0 ? store.time[last] : facts.ahead[ahead], beyond = facts.ahead.findIndex((each) => each > store.time[last]);
      const from = ahead < 0 || begun <= store.time[last] ? last : last + 1 + ahead - Math.max(0, beyond);
      return from + (time - Math.max(begun, store.time[last])) / facts.seconds;
    },
    timeOf(place) {
      const { store, facts } = this, last = store.n - 1, whole = Math.floor(place), part = place - whole;
      if (last < 0) return 0;
      if (place < 0) return Math.round(store.time[0] + place * facts.seconds);
      if (whole < last) return Math.round(store.time[whole] + part * (store.time[whole + 1] - store.time[whole]));
      const coming = facts.ahead.filter((each) => each > store.time[last]), step = whole - last;
      if (!step) return Math.round(store.time[last] + part * facts.seconds);
      const known = coming[step - 1] ?? (coming.at(-1) ?? store.time[last]) + (step - coming.length) * facts.seconds;
      return Math.round(known + part * facts.seconds);
    },
    xOf(time) {
      return this.xAt(this.placeOf(time));
    },
    // the scale knows whole places only
    xAt(place) {
      const scale = this.chart?.timeScale(), whole = Math.floor(place), left = scale?.logicalToCoordinate(whole);
      if (left === null || left === undefined) return null;
      return left + (place - whole) * ((scale.logicalToCoordinate(whole + 1) ?? left) - left);
    },
    yOf(price) {
      return this.price?.y(price) ?? null;
    },
    placeAt(x) {
      const range = this.chart.timeScale().getVisibleLogicalRange();
      return range ? range.from + (x / this.wide()) * (range.to - range.from) : 0;
    },
    timeAt(x) {
      return this.timeOf(this.placeAt(x));
    },
    priceAt(p) {
      return this.price?.price(p.y) ?? NaN;
    },
    // where a drawing is set down: on a bar and on a tick
    spotAt(p, snapped) {
      const place = this.placeAt(p.x);
      return { time: this.timeOf(snapped ? Math.round(place) : place), price: snapped ? this.snap(this.priceAt(p)) : this.priceAt(p) };
    },
    snap(price) {
      const { tick, digits } = this.facts;
      return Number((Math.round(price / tick) * tick).toFixed(Math.max(digits, 4)));
    },
    wide() {
      return this.chart.timeScale().width();
    },
  },
};
