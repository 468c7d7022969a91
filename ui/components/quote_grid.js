// A live list of instruments: rows by columns, patched once per frame, only rows in view are painted.
import { FORMATS, DASH } from "desk-formats";
import { Flashes } from "desk-flash";

const MARGIN = 3, ONE_LINE = 3, FLASH_FROM = 0.0005, ACK_EVERY = 150;
const HEARD = { stale: "This is the last value heard", refused: "The newest value made no sense and was refused: this is the last good one" };
const FRESH = ["live", "stale", "unknown", "refused"];

export default {
  template: `<div class="quote-scroll" ref="scroll" tabindex="0" data-testid="quote-grid"><table class="quotes" ref="table"></table></div>`,
  props: { rows: Array, columns: Array, sortable: Boolean, movable: Boolean, removable: Boolean, named: String, empty: String, picked: String },
  emits: ["view", "pick", "sort", "move", "remove"],
  mounted() {
    this.seq = 0;
    this.raf = 0;
    this.at = -1;
    this.flashes = new Flashes();
    this.words = this.empty;
    this.build(this.rows, this.columns);
    this.select(this.rows.findIndex((row) => row.id === this.picked));
    const look = () => this.look();
    this.$refs.scroll.addEventListener("scroll", look, { passive: true });
    this.$refs.scroll.addEventListener("keydown", this.key);
    this.sizes = new ResizeObserver(look);
    this.sizes.observe(this.$refs.scroll);
    document.addEventListener("visibilitychange", (this.seen = look));
  },
  unmounted() {
    this.sizes.disconnect();
    cancelAnimationFrame(this.raf);
    clearTimeout(this.acking);
    this.flashes.stop();
    document.removeEventListener("visibilitychange", this.seen);
  },
  methods: {
    build(rows, columns) {
      this.list = rows;
      this.fields = columns;
      const size = rows.length * (columns.length + 1);
      this.v = new Float64Array(size).fill(NaN);
      this.painted = this.v.slice();
      this.dirty = new Set(this.v.keys());
      const table = this.$refs.table;
      table.textContent = "";
      table.classList.toggle("many", columns.length > ONE_LINE); // a phone folds such a row into lines
      table.append(this.head(), this.body());
      this.look();
    },
    head() {
      const head = document.createElement("thead"), tr = head.appendChild(document.createElement("tr"));
      const cell = (text, tip, name) => {
        const th = tr.appendChild(document.createElement("th"));
        Object.assign(th, { textContent: text, title: tip });
        if (this.sortable) th.addEventListener("click", () => this.$emit("sort", name));
        return th;
      };
      cell(this.named, "", "name").className = "name";
      for (const field of this.fields) {
        const th = cell(field.title, field.tip, field.name);
        th.style.width = `${field.width}px`;
        th.className = `c-${field.name}`;
      }
      if (this.removable) cell("", "", "").style.width = "26px";
      return head;
    },
    body() {
      const body = document.createElement("tbody");
      this.cells = new Array(this.v.length);
      if (!this.list.length && this.words) this.say(body);
      this.lines = this.list.map((row, r) => {
        const tr = body.appendChild(document.createElement("tr"));
        tr.dataset.row = r;
        tr.dataset.testid = `row-${row.id}`;
        tr.draggable = this.movable;
        const name = tr.appendChild(document.createElement("td"));
        name.className = "name";
        name.append(row.name, Object.assign(document.createElement("small"), { textContent: row.hint ?? "" }));
        this.fields.forEach((field, f) => {
          const td = tr.appendChild(document.createElement("td"));
          td.className = `c-${field.name}`;
          td.dataset.testid = `${row.id}-${field.name}`;
          this.cells[r * (this.fields.length + 1) + f] = { td, text: td.appendChild(document.createTextNode(DASH)) };
        });
        if (this.removable) {
          const button = tr.appendChild(document.createElement("td")).appendChild(document.createElement("button"));
          Object.assign(button, { textContent: "×", title: "Remove", className: "row-remove" });
          button.dataset.testid = `remove-${row.id}`;
          button.addEventListener("click", (event) => (event.stopPropagation(), this.$emit("remove", row.id)));
        }
        this.listen(tr, r);
        return tr;
      });
      return body;
    },
    say(body) {
      const td = body.appendChild(document.createElement("tr")).appendChild(document.createElement("td"));
      Object.assign(td, { className: "nothing", colSpan: this.fields.length + 2, textContent: this.words });
    },
    listen(tr, r) {
      tr.addEventListener("click", () => this.pick(r));
      if (!this.movable) return;
      tr.addEventListener("dragstart", (event) => {
        this.dragged = r;
        event.dataTransfer.effectAllowed = "move";
      });
      tr.addEventListener("dragover", (event) => {
        event.preventDefault();
        tr.classList.add("over");
      });
      tr.addEventListener("dragleave", () => tr.classList.remove("over"));
      tr.addEventListener("drop", (event) => {
        event.preventDefault();
        tr.classList.remove("over");
        if (this.dragged !== r) this.$emit("move", { id: this.list[this.dragged].id, to: r });
      });
    },

    // from the server
    patch(index, value, seq) {
      const width = this.fields.length + 1;
      for (let j = 0; j < index.length; j++) {
        const i = index[j];
        this.v[i] = value[j] === null ? NaN : value[j];
        this.dirty.add(i);
        if (i % width === width - 1) for (let f = 1; f < width; f++) this.dirty.add(i - f);
      }
      this.seq = seq;
      this.kick();
      if (!this.acking) this.acking = setTimeout(() => ((this.acking = 0), this.tell()), ACK_EVERY);
    },
    fill(rows, columns, picked, words) {
      this.words = words;
      this.build(rows, columns);
      this.at = -1;
      this.select(rows.findIndex((row) => row.id === picked));
    },
    select(r) {
      this.lines[this.at]?.classList.remove("picked");
      this.at = r;
      this.lines[r]?.classList.add("picked");
    },

    kick() {
      if (!this.raf) this.raf = requestAnimationFrame(() => this.paint());
    },
    paint() {
      this.raf = 0;
      this.flashes.fade();
      const width = this.fields.length + 1, [first, last] = this.span();
      for (const i of this.dirty) {
        const row = (i / width) | 0;
        if (row < first || row > last) continue;
        this.dirty.delete(i);
        if (this.cells[i]) this.paintCell(i, width);
      }
    },
    paintCell(i, width) {
      const { td, text } = this.cells[i], field = this.fields[i % width], x = this.v[i], known = x === x;
      const fresh = FRESH[this.v[i - (i % width) + width - 1]] ?? "unknown";
      const shown = known ? FORMATS[field.format](x) : DASH;
      if (text.data !== shown) text.data = shown;
      if (known) td.dataset.v = x;
      else delete td.dataset.v;
      td.dataset.fresh = fresh;
      td.title = known ? (HEARD[fresh] ?? "") : this.reason(i, width, field, fresh);
      if (field.signed) {
        td.classList.toggle("up", x > 0);
        td.classList.toggle("down", x < 0);
      }
      if (field.flash && Math.abs(x - this.painted[i]) > FLASH_FROM * this.painted[i]) this.flashes.start(td, x > this.painted[i]);
      this.painted[i] = x;
    },
    reason(i, width, field, fresh) {
      if (this.list[(i / width) | 0].lacks.includes(i % width)) return field.none;
      return fresh === "unknown" ? "Nothing has been heard of it yet" : field.missing;
    },
    span() {
      const box = this.$refs.scroll, high = this.lines[0]?.offsetHeight || 22, first = Math.floor(box.scrollTop / high) - MARGIN;
      return [Math.max(0, first), Math.min(this.list.length - 1, Math.ceil((box.scrollTop + box.clientHeight) / high) + MARGIN)];
    },
    look() {
      this.kick();
      this.tell();
    },
    tell() {
      const [first, last] = this.span();
      this.$emit("view", { first, last, shown: !document.hidden && this.$refs.scroll.clientHeight > 0, seq: this.seq });
    },
    pick(r) {
      this.select(r);
      this.$emit("pick", this.list[r].id);
    },
    key(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && this.list.length) {
        event.preventDefault();
        this.pick(Math.max(0, Math.min(this.list.length - 1, this.at + step)));
        this.lines[this.at].scrollIntoView({ block: "nearest" });
      } else if (event.key === "Delete" && this.removable && this.list[this.at]) this.$emit("remove", this.list[this.at].id);
    },
  },
};
