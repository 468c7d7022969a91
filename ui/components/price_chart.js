// A price chart over Lightweight Charts: bars come packed, then only the last one moves; rests while unseen.
import { createChart } from "lwc";
import { Bars, Legend, Lines, Marks, Pair, drawing, ground, look, pointer, studies, toolbar, unpack } from "desk-price";
import { SCALE, picture, tokens } from "desk-charts";
import { free } from "desk-keys";

const AT_ONCE = 160, LEAST = 60, WIDTH = 8, NEAR = 30, ACK_EVERY = 150, RIGHT = 6;
const SHARE = { price: 5, volume: 1, interest: 0.8 };
const QUIET = { priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false };

export default {
  mixins: [ground, pointer, drawing, studies],
  template: `<section class="price-chart" tabindex="0" :aria-label="label" :data-testid="name" :class="{ drawing: tool }">${toolbar}
    <div class="price-body"><div class="price-host" ref="host"></div><div class="price-legend" ref="legend"></div>
    <div class="price-tip" ref="tip" hidden></div><div class="price-ask" ref="ask"></div>
    <div class="price-empty" ref="empty" :data-testid="name + '-empty'"></div></div></section>`,
  props: { name: String, label: String, empty: String, group: String, tools: Boolean },
  emits: ["view", "more", "line", "newest"],
  created() {
    this.store = new Bars();
    this.facts = { digits: 2, seconds: 60, intraday: true, tick: 0.05, ahead: [], whole: true };
    this.shape = { style: "candles", scale: "linear", volume: true, oi: true };
    this.said = this.empty;
    this.seq = this.raf = 0;
    this.inView = this.shown = false;
    this.marks = Vue.markRaw(new Marks(this));
    this.lines = Vue.markRaw(new Lines(this));
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
    document.addEventListener("chart-crosshair", this.follow);
    this.told();
    const box = this.$refs.host.getBoundingClientRect(); // asked at once, since the observer takes its time
    this.inView = box.width > 0 && box.bottom > 0 && box.top < window.innerHeight;
    this.shown = this.inView && !document.hidden;
    this.$emit("view", { shown: this.shown, seq: 0, fresh: true });
  },
  unmounted() {
    for (const seeing of [this.sight, this.theme, this.sizes]) seeing.disconnect();
    document.removeEventListener("visibilitychange", this.look);
    document.removeEventListener("keydown", this.key);
    document.removeEventListener("chart-crosshair", this.follow);
    this.waiting = null;
    for (const timer of [this.acking, this.placing]) clearTimeout(timer);
    cancelAnimationFrame(this.raf);
    this.chart?.remove();
    this.chart = null;
  },
  methods: {
    // from the server
    load(facts, text) {
      Object.assign(this.facts, facts);
      this.store.use(unpack(facts, text));
      this.waiting = this.moved = null;
      this.asking = false;
      this.studied.clear();
      this.marks.use([]);
      this.build(true);
    },
    // older bars: after the first picture, since they need longer
    more(facts, text) {
      this.settle();
      this.waiting = () => {
        this.asking = false;
        this.facts.whole = facts.whole;
        if (!facts.n) return;
        const before = this.store.n;
        this.store.prepend(unpack(facts, text));
        this.lengthen(before);
        if (this.chart) this.refill();
      };
      requestAnimationFrame(() => setTimeout(() => this.settle()));
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
    say(text) {
      this.said = text;
      this.told();
    },
    priced(lines) {
      this.lines.use(lines);
    },
    marked(marks) {
      this.settle();
      this.marks.use(marks);
    },
    // a moment in the middle, or the newest bars
    go(time) {
      this.settle();
      if (!this.chart) return;
      const range = this.chart.timeScale().getVisibleLogicalRange(), half = range ? (range.to - range.from) / 2 : AT_ONCE / 2, at = this.placeOf(time);
      this.chart.timeScale().setVisibleLogicalRange({ from: at - half, to: at + half });
    },

    // whether anybody sees it
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

    // drawing
    build(anew = false) {
      this.anew ||= anew;
      this.stale = !this.shown;
      if (!this.store.n) this.discard();
      if (this.stale || !this.store.n) return this.told();
      const token = tokens(), kept = !this.anew && this.chart?.timeScale().getVisibleLogicalRange();
      this.chart?.remove();
      this.legend.clear();
      this.chart = Vue.markRaw(createChart(this.$refs.host, look.chartOptions(token, this.facts)));
      this.anew = false;
      this.lay(token);
      this.layStudies(token);
      this.refill();
      if (kept) this.chart.timeScale().setVisibleLogicalRange(kept);
      else this.reset();
      this.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => this.ranged(range));
      this.chart.subscribeCrosshairMove((at) => this.pointed(at));
    },
    // nothing is known of what is looked at now
    discard() {
      this.chart?.remove();
      this.legend.clear();
      this.lines.draw(null);
      this.chart = this.price = this.hover = null;
    },
    lay(token) {
      const { chart, store: bars, shape } = this, style = shape.style, joined = style === "line" || style === "area";
      this.frame = Vue.markRaw(chart.addSeries(look.LineSeries, { ...QUIET, priceScaleId: "frame", visible: false }));
      this.price = Vue.markRaw(new Pair(chart, look.KINDS[style], look.priceOptions(style, token, this.format()), 0, look.priceRow(style, bars), { joined }));
      this.price.now.priceScale().applyOptions({ mode: look.MODES[shape.scale], scaleMargins: { top: 0.1, bottom: 0.06 } });
      for (const layer of [this.lines, this.marks, this.pencil]) this.price.now.attachPrimitive(layer);
      this.lines.draw(this.price.now);
      let pane = 0;
      this.volumePane = shape.volume && bars.has("volume") ? ++pane : 0;
      this.interestPane = shape.oi && bars.has("oi") ? ++pane : 0;
      const quiet = look.sizeOptions;
      this.volume = this.volumePane ? Vue.markRaw(new Pair(chart, look.HistogramSeries, quiet, this.volumePane, look.volumeRow(bars, token))) : null;
      this.interest = this.interestPane ? Vue.markRaw(new Pair(chart, look.LineSeries, { ...quiet, color: token("--mode-replay"), lineWidth: 1 }, this.interestPane, look.interestRow(bars), { joined: true })) : null;
      for (const pair of [this.volume, this.interest]) pair?.now.priceScale().applyOptions({ scaleMargins: { top: 0.24, bottom: pair === this.volume ? 0 : 0.08 } });
      chart.panes()[0].setStretchFactor(SHARE.price);
      if (this.volume) chart.panes()[this.volumePane].setStretchFactor(SHARE.volume);
      if (this.interest) chart.panes()[this.interestPane].setStretchFactor(SHARE.interest);
    },
    format() {
      const first = () => this.store.close[Math.max(0, Math.ceil(this.chart?.timeScale().getVisibleLogicalRange()?.from ?? 0))];
      return look.priceFormat(this.facts.digits, this.shape.scale === "percent" ? first : null);
    },
    series() {
      return [this.price, this.volume, this.interest, ...this.studyPairs()].filter(Boolean);
    },
    // places move while series are filled: bars that were merged when zoomed out would be sought at their old ones
    refill() {
      const scale = this.chart.timeScale();
      scale.applyOptions({ enableConflation: false });
      for (const pair of this.series()) pair.fill(this.store.n);
      this.frame.setData(this.facts.ahead.map((time) => ({ time: time + look.IST })));
      scale.applyOptions({ enableConflation: true });
      this.told();
    },
    told() {
      this.$refs.empty.hidden = this.store.n > 0;
      this.$refs.empty.textContent = this.said;
      this.$el.dataset.count = this.store.n;
      if (!this.chart) return;
      this.place();
      this.read();
    },
    kick() {
      if (!this.raf && this.shown && this.moved) this.raf = requestAnimationFrame(() => this.paint());
    },
    paint() {
      this.raf = 0;
      if (!this.moved) return;
      if (!this.chart) return this.build(true);
      this.moved = false;
      for (const pair of this.series()) pair.move(this.store.n);
      this.$el.dataset.count = this.store.n;
      this.read();
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
      if (this.group && at.sourceEvent) document.dispatchEvent(new CustomEvent("chart-crosshair", { detail: { group: this.group, from: this, time: place === null ? null : this.timeOf(place) } }));
    },
    // another chart of the group points at a moment
    follow({ detail: { group, from, time } }) {
      if (!this.group || group !== this.group || from === this || !this.chart || !this.shown) return;
      const at = time === null ? -1 : this.store.at(time);
      if (at < 0) this.chart.clearCrosshairPosition();
      else this.chart.setCrosshairPosition(this.store.close[at], this.store.time[at] + look.IST, this.price.past);
      this.hover = at < 0 ? null : at;
      this.read();
    },
    ranged(range) {
      this.place();
      if (!range) return;
      if (range.from < NEAR && !this.asking && !this.facts.whole && !this.waiting && this.store.n) {
        this.asking = true;
        this.$emit("more", this.store.time[0]);
      }
    },
    reset() {
      const wide = Math.max(LEAST, Math.min(AT_ONCE, Math.round(this.$refs.host.clientWidth / WIDTH)));
      this.chart?.timeScale().setVisibleLogicalRange({ from: this.store.n - wide, to: this.store.n + RIGHT });
      this.price?.now.priceScale().applyOptions({ autoScale: true });
    },
    fit() {
      this.settle();
      this.chart?.timeScale().setVisibleLogicalRange({ from: -1, to: this.store.n + RIGHT });
      this.price?.now.priceScale().applyOptions({ autoScale: true });
    },
    zoom(by) {
      const range = this.chart?.timeScale().getVisibleLogicalRange();
      if (range) this.chart.timeScale().setVisibleLogicalRange({ from: range.to - (range.to - range.from) * by, to: range.to });
    },
    scroll(by) {
      const range = this.chart?.timeScale().getVisibleLogicalRange(), step = range && by * (range.to - range.from);
      if (range) this.chart.timeScale().setVisibleLogicalRange({ from: range.from + step, to: range.to + step });
    },
    key(event) {
      if (!this.chart || !free(event) || !this.$el.matches(":hover, :focus-within")) return;
      const acts = {
        ArrowLeft: () => this.scroll(-0.1), ArrowRight: () => this.scroll(0.1), "+": () => this.zoom(0.8), "=": () => this.zoom(0.8), "-": () => this.zoom(1.25),
        0: () => this.fit(), Home: () => this.fit(), End: () => (this.reset(), this.$emit("newest")), ...this.drawingKeys(),
      };
      if (!acts[event.key]) return;
      event.preventDefault();
      acts[event.key]();
    },
    picture(words) {
      if (!this.chart) return;
      const shot = this.chart.takeScreenshot(true), banner = document.querySelector(".mode-banner"), home = banner?.closest(".frame") ?? banner;
      const body = Object.assign(document.createElement("canvas"), { width: this.$refs.host.clientWidth * SCALE, height: this.$refs.host.clientHeight * SCALE });
      body.getContext("2d").drawImage(shot, 0, 0, body.width, body.height);
      picture(body, tokens(), { ...words, mode: banner?.textContent.trim() ?? "", colour: home && getComputedStyle(home).getPropertyValue("--mode").trim() });
    },
  },
};
