// The pointer over the price pane: drawings and lines take it before the chart does.
const STILL = { handleScroll: false, handleScale: false }, FREE = { handleScroll: true, handleScale: true };

export const pointer = {
  mounted() {
    const host = this.$refs.host;
    host.addEventListener("pointerdown", this.pressed, true);
    for (const kind of ["mousedown", "touchstart"]) host.addEventListener(kind, this.held, { capture: true, passive: false });
    host.addEventListener("pointermove", this.hovered, true);
    window.addEventListener("pointermove", this.hauled);
    window.addEventListener("pointerup", this.released);
    window.addEventListener("pointercancel", this.released);
  },
  unmounted() {
    window.removeEventListener("pointermove", this.hauled);
    window.removeEventListener("pointerup", this.released);
    window.removeEventListener("pointercancel", this.released);
  },
  methods: {
    pointOf(event) {
      const box = this.$refs.host.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    },
    onPrice(p) {
      const pane = this.chart?.panes()[0];
      return Boolean(pane) && p.x >= 0 && p.x < this.wide() && p.y >= 0 && p.y < pane.getHeight();
    },
    pressed(event) {
      const p = this.pointOf(event);
      this.taken = false;
      if (event.button > 0 || !this.onPrice(p)) return;
      this.taken = (!this.pencil.tool && this.lines.down(p) && "line") || (this.pencil.down(p) && "pencil");
      if (this.taken) this.chart.applyOptions(STILL);
    },
    held(event) {
      if (!this.taken) return;
      event.stopPropagation();
      if (event.cancelable) event.preventDefault();
      this.$el.focus({ preventScroll: true });
    },
    hovered(event) {
      if (this.taken || !this.chart) return;
      const p = this.pointOf(event), inside = this.onPrice(p);
      const line = inside && !this.pencil.tool && this.lines.under(p);
      const cursor = !inside ? "" : this.pencil.tool ? "crosshair" : line ? "ns-resize" : this.pencil.under(p) ? "pointer" : "";
      this.$refs.host.dataset.over = cursor;
      if (this.pencil.making) this.pencil.move(p);
      this.tip(inside ? p : null);
    },
    hauled(event) {
      if (!this.taken) return;
      const p = this.pointOf(event);
      if (this.taken === "line") this.lines.move(p);
      else this.pencil.move(p);
    },
    released(event) {
      if (!this.taken) return;
      const was = this.taken;
      this.taken = false;
      this.chart?.applyOptions(FREE);
      if (was === "pencil") return this.pencil.up(this.pointOf(event));
      const moved = this.lines.up();
      if (moved) this.$emit("line", { id: moved.id, price: moved.price });
    },
    tip(p) {
      const said = this.$refs.tip, marks = p ? this.marks.under(p) : [];
      said.hidden = !marks.length;
      if (!marks.length) return;
      said.textContent = marks.map((mark) => mark.text).join("\n");
      said.style.left = `${Math.min(p.x + 12, this.wide() - 180)}px`;
      said.style.top = `${p.y + 12}px`;
    },
  },
};
