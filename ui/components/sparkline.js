// A small line of closes on a canvas, with the previous close as a dashed line.
export default {
  template: `<canvas class="sparkline"></canvas>`,
  props: { values: Array, base: Number, wide: Number, high: Number },
  mounted() {
    this.now = { values: this.values, base: this.base };
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(this.$el);
    this.theme = new MutationObserver(() => this.draw());
    this.theme.observe(document.body, { attributes: true, attributeFilter: ["class"] });
  },
  unmounted() {
    this.watcher.disconnect();
    this.theme.disconnect();
  },
  methods: {
    show(values, base) {
      this.now = { values, base };
      this.draw();
    },
    draw() {
      const { base } = this.now, values = base === null ? this.now.values : [base, ...this.now.values], box = this.$el.getBoundingClientRect(), dots = window.devicePixelRatio || 1;
      if (!box.width || !box.height) return;
      this.$el.width = box.width * dots;
      this.$el.height = box.height * dots;
      const pen = this.$el.getContext("2d"), css = getComputedStyle(document.body);
      pen.scale(dots, dots);
      if (values.length < 2) return;
      const low = Math.min(...values), span = Math.max(...values) - low || 1;
      const x = (i) => 1 + (i / (values.length - 1)) * (box.width - 2);
      const y = (v) => box.height - 2 - ((v - low) / span) * (box.height - 4);
      const tone = css.getPropertyValue(values.at(-1) >= (base ?? values[0]) ? "--up" : "--down").trim();
      if (base !== null) {
        pen.strokeStyle = css.getPropertyValue("--line2");
        pen.setLineDash([2, 3]);
        pen.beginPath();
        pen.moveTo(0, y(base));
        pen.lineTo(box.width, y(base));
        pen.stroke();
        pen.setLineDash([]);
      }
      pen.beginPath();
      values.forEach((v, i) => (i ? pen.lineTo(x(i), y(v)) : pen.moveTo(x(i), y(v))));
      pen.strokeStyle = tone;
      pen.lineWidth = 1.25;
      pen.stroke();
      pen.lineTo(x(values.length - 1), box.height);
      pen.lineTo(x(0), box.height);
      pen.globalAlpha = 0.1;
      pen.fillStyle = tone;
      pen.fill();
    },
  },
};
