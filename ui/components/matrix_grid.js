// A table of numbers shaded by sign and size over the whole: built once per shape, patched by flat index.
import { FORMATS, DASH } from "desk-formats";

const STEPS = 12, PART = 4, ACK_EVERY = 150;

export default {
  template: `<div class="heat-scroll matrix-scroll" ref="scroll" tabindex="0" @keydown="key"><table class="heat matrix" ref="table"></table></div>`,
  props: { name: String },
  emits: ["view", "pick"],
  mounted() {
    this.cells = [];
    this.seq = 0;
    this.sight = new IntersectionObserver((seen) => {
      this.inView = seen.at(-1).isIntersecting;
      this.tell();
    });
    this.sight.observe(this.$el);
    document.addEventListener("visibilitychange", this.tell);
    this.$refs.table.addEventListener("click", this.click);
    this.$emit("view", { shown: false, seq: 0, fresh: true });
  },
  unmounted() {
    this.sight.disconnect();
    document.removeEventListener("visibilitychange", this.tell);
    clearTimeout(this.acking);
  },
  methods: {
    tell() {
      this.$emit("view", { shown: this.inView && !document.hidden, seq: this.seq, fresh: false });
    },
    heard(seq) {
      this.seq = seq;
      if (!this.acking) this.acking = setTimeout(() => ((this.acking = 0), this.tell()), ACK_EVERY);
    },
    build(rows, columns, corner, seq) {
      const table = this.$refs.table, had = this.v?.length && this.columns === columns.length && this.rows?.length === rows.length;
      this.columns = columns.length;
      if (!had) {
        this.at = [0, 0];
        this.v = new Float64Array(rows.length * columns.length).fill(NaN);
      }
      table.textContent = "";
      const head = table.createTHead().insertRow();
      head.append(this.head(corner, "k"), ...columns.map((column) => this.head(column, column.mark ? "mark" : "")));
      const body = table.createTBody();
      this.cells = [];
      this.rows = rows.map((row, i) => this.row(body.insertRow(), row, i));
      this.paint();
      this.heard(seq);
    },
    head({ text, sub, tip }, name) {
      const th = Object.assign(document.createElement("th"), { className: name, textContent: text, title: tip });
      if (sub) th.append(Object.assign(document.createElement("small"), { textContent: sub }));
      return th;
    },
    row(tr, { text, sub, tip, mark, id }, i) {
      const k = Object.assign(tr.insertCell(), { className: "k", textContent: text, title: tip });
      k.append(Object.assign(document.createElement("small"), { textContent: sub }));
      tr.classList.toggle("atm", mark);
      for (let j = 0; j < this.columns; j++) {
        const td = tr.insertCell();
        Object.assign(td.dataset, { at: `${i},${j}`, testid: `${this.name}-${id}-${j}` });
        this.cells.push(td);
      }
      return tr;
    },
    // the labels of one row: that of the spot moves with it
    relabel(i, { text, sub, tip, id }) {
      const k = this.rows?.[i]?.cells[0];
      if (!k || k.firstChild.data === text) return;
      k.firstChild.data = text;
      k.lastChild.textContent = sub;
      k.title = tip;
      for (let j = 0; j < this.columns; j++) this.cells[i * this.columns + j].dataset.testid = `${this.name}-${id}-${j}`;
    },
    patch(index, value, format, missing, here, seq) {
      if (!this.v) return; // said before we were there; being in view brings all of it
      index.forEach((i, n) => (this.v[i] = value[n] === null ? NaN : value[n]));
      Object.assign(this, { format, missing });
      this.paint();
      this.cells.forEach((td, i) => td.classList.toggle("here", i === here));
      this.heard(seq);
    },
    paint() {
      let largest = 0;
      for (const x of this.v) if (Math.abs(x) > largest) largest = Math.abs(x);
      const write = FORMATS[this.format] ?? ((x) => FORMATS.digits(x, largest >= 1000 ? 0 : largest >= 10 ? 1 : largest >= 1 ? 2 : 4));
      this.cells.forEach((td, i) => {
        const x = this.v[i], known = x === x, text = known ? (x > 0 ? "+" : "") + write(x) : DASH;
        if (td.textContent !== text) td.textContent = text;
        const tip = known ? "" : this.missing ?? "";
        if (td.title !== tip) td.title = tip;
        const step = known && largest ? Math.ceil(STEPS * Math.sqrt(Math.abs(x) / largest)) : 0;
        const shade = step ? `color-mix(in srgb, var(${x < 0 ? "--down" : "--up"}) ${step * PART}%, transparent)` : "";
        if (td.shade !== shade) td.style.backgroundColor = td.shade = shade;
      });
    },
    click(event) {
      const at = event.target.closest("td[data-at]")?.dataset.at;
      if (at && event.target.closest("td").classList.contains("here")) this.$emit("pick", [-1, -1]);
      else if (at) this.choose(...at.split(",").map(Number));
    },
    choose(i, j) {
      this.at = [i, j];
      this.$emit("pick", [i, j]);
    },
    key(event) {
      if (event.key === "Escape") return this.$emit("pick", [-1, -1]);
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!step || !this.cells.length) return;
      event.preventDefault();
      const held = (x, most) => Math.max(0, Math.min(most - 1, x));
      this.choose(held(this.at[0] + step[0], this.rows.length), held(this.at[1] + step[1], this.columns));
      this.cells[this.at[0] * this.columns + this.at[1]].scrollIntoView({ block: "nearest", inline: "nearest" });
    },
  },
};
