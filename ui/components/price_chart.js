// A price chart over Lightweight Charts: bars come packed, then only the last one moves; rests while unseen.
import { createChart } from "lwc";
import { Bars, IST, Legend, Pair, look, numbers, unpack } from "desk-price";
import { free } from "desk-keys";

const AT_ONCE = 160, NEAR = 30, ACK_EVERY = 150, RIGHT = 6;
const HEIGHTS = { volume: 90, interest: 80, study: 110 };

export default {
  template: `<section class="price-chart" tabindex="0" :aria-label="label" :data-testid="name">
    <div class="price-host" ref="host"></div><div class="price-legend" ref="legend"></div>
    <div class="price-empty" ref="empty" :data-testid="name + '-empty'">{{ empty }}</div></section>`,
  props: { name: String, label: String, empty: String, group: String },
  emits: ["view", "more", "range"],
  created() {
    this.store = new Bars();
    this.studies = new Map();
    this.facts = { digits: 2, seconds: 60, intraday: true, tick: 0.05 };
    this.shape = { style: "candles", scale: "linear", volume: true, oi: true };
    this.seq = this.raf = 0;
    this.inView = false;
  },
  mounted() {
    this.$el.__chart = this;
    this.legend = Vue.markRaw(new Legend(this.$refs.legend, this.name));
    this.sight = new IntersectionObserver((seen) => ((this.inView = seen.at(-1).isIntersecting), this.look()));
    this.sight.observe(this.$refs.host);
    this.theme = new MutationObserver(() => this.build());
    this.theme.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    this.sizes = new ResizeObserver(() => this.place());
    this.sizes.observe(this.$refs.host);
    document.addEventListener("visibilitychange", this.look);
    document.addEventListener("keydown", this.key);
    this.$emit("view", { shown: false, seq: 0, fresh: true });
  },
  unmounted() {
    for (const seeing of [this.sight, this.theme, this.sizes]) seeing.disconnect();
    document.removeEventListener("visibilitychange", this.look);
    document.removeEventListener("keydown", this.key);
    for (const timer of [this.acking, this.filling, this.placing]) clearTimeout(timer);
    cancelAnimationFrame(this.raf);
    this.chart?.remove();
    this.chart = null;
  },
  methods: {
    // from the server
    load(facts, text) {
      Object.assign(this.facts, facts);
      this.store.use(unpack(facts, text));
      this.waiting = null;
      this.asking = false;
      this.studies.clear();
      this.build(true);
    },
    // older bars: after the first picture, since they need longer
    more(facts, text) {
      this.settle();
      this.waiting = () => {
        this.asking = false;
        this.facts.whole = facts.whole;
        if (!facts.n) return;
        this.store.prepend(unpack(facts, text));
        if (this.chart) this.refill();
      };
      this.settling = requestAnimationFrame(() => (this.settling = setTimeout(() => this.settle())));
    },
    settle() {
      const wait = this.waiting;
      this.waiting = null;
      wait?.();
    },
    bars(rows, seq) {
      for (const row of rows) this.moved = this.store.put(row) || this.moved;
      this.kick();
      this.heard(seq);
    },
    set(shape) {
      Object.assign(this.shape, shape);
      this.build();
    },

    // drawing
    heard(seq) {
      this.seq = seq;
      if (!this.acking) this.acking = setTimeout(() => ((this.acking = 0), this.tell()), ACK_EVERY);
    },
    tell() {
      this.$emit("view", { shown: this.shown, seq: this.seq, fresh: false });
    },
    look() {
      const shown = this.inView && !document.hidden;
      if (shown === this.shown) return;
      this.shown = shown;
      if (shown && this.stale) this.build();
      else this.kick();
      this.tell();
    },
    build(anew = false) {
      this.anew ||= anew;
      this.stale = !this.shown;
      if (this.stale) return;
      const token = look.tokens(), kept = !this.anew && this.chart?.timeScale().getVisibleLogicalRange();
      this.chart?.remove();
      this.chart = Vue.markRaw(createChart(this.$refs.host, look.chartOptions(token, this.facts)));
      this.anew = false;
      this.lay(token);
      this.refill();
      if (kept) this.chart.timeScale().setVisibleLogicalRange(kept);
      else this.reset();
      this.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => this.ranged(range));
      this.chart.subscribeCrosshairMove((at) => this.pointed(at));
    },
    lay(token) {
      const { chart, store: bars, shape } = this, style = shape.style;
      this.frame = Vue.markRaw(chart.addSeries(look.LineSeries, { priceScaleId: "frame", visible: false, lastValueVisible: false, priceLineVisible: false, crosshairMarkerVisible: false }));
      const line = style === "line" || style === "area";
      this.price = Vue.markRaw(new Pair(chart, look.KINDS[style], look.priceOptions(style, token, this.format()), 0, look.priceRow(style, bars), { joined: line }));
      this.price.now.priceScale().applyOptions({ mode: look.MODES[shape.scale], scaleMargins: { top: 0.1, bottom: 0.06 } });
      let pane = 0;
      this.volumePane = shape.volume && bars.has("volume") ? ++pane : 0;
      this.interestPane = shape.oi && bars.has("oi") ? ++pane : 0;
      const quiet = { priceFormat: look.sizeFormat, priceLineVisible: false };
      this.volume = this.volumePane && Vue.markRaw(new Pair(chart, look.HistogramSeries, quiet, this.volumePane, look.volumeRow(bars, token)));
      this.interest = this.interestPane && Vue.markRaw(new Pair(chart, look.LineSeries, { ...quiet, color: token("--mode-replay"), lineWidth: 1 }, this.interestPane, look.interestRow(bars), { joined: true }));
      if (this.volume) chart.panes()[this.volumePane].setHeight(HEIGHTS.volume);
      if (this.interest) chart.panes()[this.interestPane].setHeight(HEIGHTS.interest);
    },
    format() {
      const first = () => this.store.close[Math.max(0, Math.ceil(this.chart?.timeScale().getVisibleLogicalRange()?.from ?? 0))];
      return look.priceFormat(this.facts.digits, this.shape.scale === "percent" ? first : null);
    },
    series() {
      return [this.price, this.volume, this.interest].filter(Boolean);
    },
    refill() {
      for (const pair of this.series()) pair.fill(this.store.n);
      this.frame.setData((this.facts.ahead ?? []).map((time) => ({ time: time + IST })));
      this.told();
    },
    told() {
      this.$refs.empty.hidden = this.store.n > 0;
      this.$el.dataset.count = this.store.n;
      this.place();
      this.read();
    },
    kick() {
      if (!this.raf && this.chart && this.shown && this.moved) this.raf = requestAnimationFrame(() => this.paint());
    },
    paint() {
      this.raf = 0;
      if (!this.chart || !this.moved) return;
      this.moved = false;
      for (const pair of this.series()) pair.move(this.store.n);
      this.told();
    },
    place() {
      clearTimeout(this.placing);
      this.placing = setTimeout(() => this.chart && this.legend.place(this.chart.panes()), 0);
    },
    read() {
      this.legend.read(this, this.hover ?? this.store.n - 1);
    },

    // the user
    pointed(at) {
      const place = at.point && at.logical !== undefined && at.logical !== null ? Math.round(at.logical) : null;
      this.hover = place !== null && place >= 0 && place < this.store.n ? place : null;
      this.read();
    },
    ranged(range) {
      if (range && range.from < NEAR && !this.asking && !this.facts.whole && this.store.n) {
        this.asking = true;
        this.$emit("more", this.store.time[0]);
      }
    },
    reset() {
      this.chart.timeScale().setVisibleLogicalRange({ from: this.store.n - AT_ONCE, to: this.store.n + RIGHT });
      this.price.now.priceScale().applyOptions({ autoScale: true });
    },
    fit() {
      this.chart?.timeScale().setVisibleLogicalRange({ from: -1, to: this.store.n + RIGHT });
    },
    key(event) {
      if (!this.chart || !free(event) || !this.$el.matches(":hover, :focus-within")) return;
      const scale = this.chart.timeScale(), range = scale.getVisibleLogicalRange();
      if (!range) return;
      const wide = range.to - range.from, go = (from, to) => scale.setVisibleLogicalRange({ from, to });
      const acts = {
        ArrowLeft: () => go(range.from - wide / 10, range.to - wide / 10),
        ArrowRight: () => go(range.from + wide / 10, range.to + wide / 10),
        "+": () => go(range.from + wide / 6, range.to),
        "=": () => go(range.from + wide / 6, range.to),
        "-": () => go(range.from - wide / 5, range.to),
        0: () => this.fit(),
        End: () => this.reset(),
      };
      if (!acts[event.key]) return;
      event.preventDefault();
      acts[event.key]();
    },
  },
};
