// A chart over NiceGUI's own ECharts: built once, then only numbers come; draws once per frame, and not at all unseen.
import { echarts } from "nicegui-echart";
import { headroom, marksSeries, option, picture, place, Table, tokens, top } from "desk-charts";
import { FORMATS } from "desk-formats";
import { free } from "desk-keys";

const ACK_EVERY = 150, STALE = 5, NARROW = 760, TELL_DRAG = 80, REACH = 6;

export default {
  template: `<section class="panel chart-panel" :class="{ bare: !title }">
    <header class="panel-head"><div class="panel-title">{{ title }}</div><div class="chart-age" ref="age" :data-testid="name + '-age'"></div><div class="panel-tools"><slot></slot>
      <button class="icon-button" title="Whole range (0)" aria-label="Whole range" :data-testid="name + '-reset'" @click="whole"><i class="q-icon material-icons">zoom_out_map</i></button>
      <button class="icon-button" title="Save as picture (PNG)" aria-label="Save as picture" :data-testid="name + '-png'" @click="$emit('export', 'png')"><i class="q-icon material-icons">image</i></button>
      <button class="icon-button" title="Save the numbers (CSV)" aria-label="Save the numbers" :data-testid="name + '-csv'" @click="$emit('export', 'csv')"><i class="q-icon material-icons">table_view</i></button></div></header>
    <div class="chart-body" tabindex="0" role="img" :aria-label="label" ref="body"><div class="chart-host" ref="host"></div><div class="chart-empty" ref="empty" :data-testid="name + '-empty'">{{ empty }}</div></div></section>`,
  props: { option: Object, name: String, title: String, label: String, empty: String },
  emits: ["view", "export", "pick", "zoom", "drag"],
  mounted() {
    this.given = this.option;
    this.table = new Table(this.option);
    this.dirty = new Set();
    this.marked = [];
    this.seq = this.revision = this.raf = 0;
    this.inView = false;
    this.$el.__chart = this;
    this.sight = new IntersectionObserver((seen) => ((this.inView = seen.at(-1).isIntersecting), this.look()));
    this.sight.observe(this.$refs.host);
    this.sizes = new ResizeObserver(() => this.chart?.resize());
    this.sizes.observe(this.$refs.host);
    this.theme = new MutationObserver(() => this.build());
    this.theme.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    document.addEventListener("visibilitychange", this.look);
    document.addEventListener("keydown", this.key);
    this.ticking = setInterval(() => this.tellAge(), 1000);
    this.$emit("view", { shown: false, seq: 0, fresh: true });
  },
  unmounted() {
    this.sight.disconnect();
    this.sizes.disconnect();
    this.theme.disconnect();
    document.removeEventListener("visibilitychange", this.look);
    document.removeEventListener("keydown", this.key);
    clearTimeout(this.zooming);
    cancelAnimationFrame(this.raf);
    clearTimeout(this.acking);
    clearInterval(this.ticking);
    this.chart?.dispose();
    this.chart = null;
  },
  methods: {
    // from the server
    push(parts, seq, stamp) {
      for (const name in parts) {
        this.table.patch(name, parts[name]);
        this.dirty.add(name);
      }
      this.seq = seq;
      if (stamp) this.stamp = { ...stamp, heard: performance.now() };
      this.tellAge();
      this.kick();
      if (!this.acking) this.acking = setTimeout(() => ((this.acking = 0), this.tell()), ACK_EVERY);
    },
    set(option) {
      this.given = option;
      this.table.use(option);
      this.build();
    },
    marks(marks) {
      const held = this.held; // the hand is ahead of the server
      this.marked = marks.map((mark) => (held && mark.name === held.name ? held : mark));
      this.dirty.add("marks");
      this.kick();
    },
    picture(words) {
      if (!this.chart) return;
      const banner = document.querySelector(".mode-banner"), mode = banner?.textContent.trim() ?? "";
      picture(this.chart, tokens(), { ...words, mode, colour: banner && getComputedStyle(banner.closest(".frame") ?? banner).getPropertyValue("--mode").trim() });
    },

    // drawing
    build() {
      if (!this.inView) return void (this.stale = true);
      this.stale = false;
      if (!this.chart) this.open();
      const token = tokens();
      this.chart.setOption(option(this.given, token, window.innerWidth < NARROW, this.table.parts), { notMerge: true });
      for (const name of Object.keys(this.table.parts)) this.dirty.add(name);
      this.dirty.add("marks");
      this.kick();
    },
    open() {
      this.chart = Vue.markRaw(echarts.init(this.$refs.host, null, { renderer: "canvas" }));
      this.chart.on("click", ({ seriesId, dataIndex, value }) => this.$emit("pick", { series: seriesId, index: dataIndex, value }));
      this.chart.on("datazoom", () => this.zoomed());
      const pointer = this.chart.getZr();
      pointer.on("dblclick", () => this.whole());
      pointer.on("mousedown", (event) => this.grip(event));
      pointer.on("mousemove", (event) => this.haul(event));
      pointer.on("mouseup", () => this.release());
      pointer.on("globalout", () => this.release());
    },
    kick() {
      if (!this.raf && this.chart && this.inView) this.raf = requestAnimationFrame(() => this.paint());
    },
    paint() {
      this.raf = 0;
      if (!this.chart || !this.dirty.size) return;
      const from = performance.now(), count = this.table.count, next = this.table.drawn(this.dirty);
      if (this.table.flat && this.dirty.has("marks")) {
        next.series.push(marksSeries(this.chart, this.table, this.marked, tokens()));
        next.grid = { top: top(this.given) + headroom(this.marked) };
      }
      this.dirty.clear();
      this.chart.setOption(next, { silent: true });
      this.$refs.empty.hidden = count > 0;
      this.$refs.host.classList.toggle("nothing", !count);
      Object.assign(this.$el.dataset, { count, revision: ++this.revision });
      this.cost = performance.now() - from;
    },
    tellAge() {
      const said = this.$refs.age, stamp = this.stamp;
      if (!said || !stamp || !this.inView) return;
      const age = stamp.age + (performance.now() - stamp.heard) / 1000, old = age > STALE;
      const text = stamp.recorded ? `AS OF ${FORMATS.clock(stamp.at)} · RECORDED` : `${old ? "stale" : "live"} · ${age < 60 ? `${age.toFixed(1)} s` : `${Math.round(age / 60)} min`}`;
      if (said.textContent !== text) said.textContent = text;
      said.dataset.state = stamp.recorded ? "recorded" : old ? "stale" : "live";
    },

    // what is seen
    look() {
      const shown = this.inView && !document.hidden;
      if (shown && (!this.chart || this.stale)) this.build();
      else if (shown) this.kick();
      if (shown !== this.shown) this.tell();
      this.shown = shown;
    },
    tell() {
      this.$emit("view", { shown: this.inView && !document.hidden, seq: this.seq, fresh: false });
    },

    // the user
    key(event) {
      if (event.key !== "0" || !free(event) || !this.$refs.body.matches(":hover, :focus")) return;
      event.preventDefault();
      this.whole();
    },
    whole() {
      this.chart?.dispatchAction({ type: "dataZoom", start: 0, end: 100 });
    },
    // a mark with a name follows the pointer
    near(event) {
      return this.marked.find((mark) => mark.name && mark.axis === "x" && Math.abs(place(this.chart, this.table, "x", mark.at) - event.offsetX) <= REACH);
    },
    grip(event) {
      this.held = this.near(event);
      if (this.held) this.chart.setOption({ dataZoom: [{ id: "wheel", disabled: true }] });
    },
    haul(event) {
      if (!this.held) return void (this.near(event) && this.chart.getZr().setCursorStyle("ew-resize"));
      this.held.at = this.table.value(this.chart.convertFromPixel({ xAxisIndex: 0 }, event.offsetX));
      this.held.label = FORMATS[this.table.axes.x.format]?.(this.held.at) ?? this.held.label;
      this.dirty.add("marks");
      this.kick();
      if (!this.telling) this.telling = setTimeout(() => ((this.telling = 0), this.held && this.$emit("drag", { name: this.held.name, value: this.held.at, done: false })), TELL_DRAG);
    },
    release() {
      if (!this.held) return;
      this.$emit("drag", { name: this.held.name, value: this.held.at, done: true });
      this.held = null;
      this.chart.setOption({ dataZoom: [{ id: "wheel", disabled: false }] });
    },
    zoomed() {
      clearTimeout(this.zooming);
      this.zooming = setTimeout(() => {
        const zoom = this.chart?.getOption().dataZoom?.[0];
        if (zoom) this.$emit("zoom", { start: zoom.start, end: zoom.end });
      }, ACK_EVERY);
    },
  },
};
