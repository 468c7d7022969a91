// A chart over NiceGUI's own ECharts: built once, then only numbers come; draws once per frame, and not at all unseen.
import { echarts } from "nicegui-echart";
import { SCALE, frame, headroom, marksSeries, option, panel, place, Table, tokens, top } from "desk-charts";
import { FORMATS } from "desk-formats";
import { free } from "desk-keys";

const SETTLED = 150, NARROW = 760, TELL_DRAG = 80, REACH = 6;

export default {
  mixins: [panel],
  template: frame,
  emits: ["pick", "zoom", "drag"],
  mounted() {
    this.given = this.option;
    this.table = new Table(this.option);
    this.dirty = new Set();
    this.marked = [];
    this.raf = 0;
    this.sizes = new ResizeObserver(() => this.resized());
    this.sizes.observe(this.$refs.host);
    document.addEventListener("keydown", this.key);
  },
  unmounted() {
    this.sizes.disconnect();
    document.removeEventListener("keydown", this.key);
    for (const timer of [this.zooming, this.telling]) clearTimeout(timer);
    cancelAnimationFrame(this.raf);
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
      this.kick();
      this.heard(seq, stamp);
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
      if (this.chart) this.save(this.chart.renderToCanvas({ pixelRatio: SCALE, backgroundColor: tokens()("--bg1") }), words);
    },

    // drawing
    appear() {
      if (!this.chart || this.stale) this.build();
      else this.kick();
    },
    themed() {
      this.build();
    },
    build() {
      this.stale = !this.inView;
      if (this.stale) return;
      if (!this.chart) this.open();
      this.chart.setOption(option(this.given, tokens(), window.innerWidth < NARROW, this.table.parts), { notMerge: true });
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
    resized() {
      this.chart?.resize();
      if (this.table.axes.y.type !== "category") return;
      this.dirty.add("y"); // other names have room now
      this.kick();
    },
    kick() {
      if (!this.raf && this.chart && this.inView) this.raf = requestAnimationFrame(() => this.paint());
    },
    paint() {
      this.raf = 0;
      if (!this.chart || !this.dirty.size) return;
      const next = this.table.drawn(this.dirty, this.chart.getHeight());
      if (this.table.flat && this.dirty.has("marks")) {
        next.series.push(marksSeries(this.chart, this.table, this.marked, tokens()));
        next.grid = { top: top(this.given) + headroom(this.marked) };
      }
      this.dirty.clear();
      this.chart.setOption(next, { silent: true });
      this.counted(this.table.count);
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
    zoomed() {
      clearTimeout(this.zooming);
      this.zooming = setTimeout(() => {
        const zoom = this.chart?.getOption().dataZoom?.[0];
        if (zoom) this.$emit("zoom", { start: zoom.start, end: zoom.end });
      }, SETTLED);
    },

    // a mark with a name follows the pointer
    near(event) {
      const away = ({ axis, at }) => Math.abs(place(this.chart, this.table, axis, at) - (axis === "x" ? event.offsetX : event.offsetY));
      return this.marked.find((mark) => mark.name && away(mark) <= REACH);
    },
    grip(event) {
      this.held = this.near(event);
      if (this.held) this.chart.setOption({ dataZoom: [{ id: "wheel", disabled: true }] });
    },
    haul(event) {
      const across = (this.held ?? this.near(event))?.axis === "x";
      if (!this.held) return void (this.near(event) && this.chart.getZr().setCursorStyle(across ? "ew-resize" : "ns-resize"));
      this.held.at = across ? this.table.value(this.chart.convertFromPixel({ xAxisIndex: 0 }, event.offsetX)) : this.chart.convertFromPixel({ yAxisIndex: 0 }, event.offsetY);
      this.held.label = FORMATS[this.table.axes[this.held.axis].format]?.(this.held.at) ?? this.held.label;
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
  },
};
