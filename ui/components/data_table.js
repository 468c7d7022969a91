// A table of texts: rows are matched by id, so that an update touches only the cells that differ.
export default {
  template: `<div class="data-table" :class="{pickable, sortable}"><table ref="table" tabindex="0" @keydown="key">
    <thead><tr><th v-for="c in columns" :key="c.name" :class="c.classes" :style="{width: c.width}" :title="c.tip" @click="sortable && $emit('sort', c.name)"
      :data-testid="sortable ? name + '-sort-' + c.name : null" :aria-sort="order(c)">{{ c.title }}{{ mark(c) }}</th></tr></thead>
    <tbody ref="body"></tbody></table>
    <div v-if="!rows.length" class="data-table-empty">{{ empty }}</div></div>`,
  props: { name: String, columns: Array, rows: Array, picked: String, empty: String, pickable: Boolean, driver: String, sortable: Boolean, sorted: String },
  emits: ["pick", "act", "sort"],
  mounted() {
    this.nodes = new Map();
    this.$refs.body.addEventListener("click", this.click);
    this.$refs.body.addEventListener("mouseover", this.reveal);
    this.onDriver = (e) => { if (this.driver && e.target.closest?.(this.driver)) this.key(e); };
    document.addEventListener("keydown", this.onDriver);
    this.paint();
    this.select();
  },
  unmounted() { document.removeEventListener("keydown", this.onDriver); },
  watch: {
    rows() { this.paint(); this.select(); },
    picked() { this.select(true); },
  },
  methods: {
    mark(column) {
      const [name, arrow] = (this.sorted ?? "").split(" ");
      return name === column.name ? ` ${arrow}` : "";
    },
    order(column) {
      return { " ↓": "descending", " ↑": "ascending" }[this.mark(column)] ?? null;
    },
    paint() {
      const body = this.$refs.body, seen = new Set();
      let at = body.firstChild;
      for (const [id, classes, cells] of Vue.toRaw(this.rows)) {
        seen.add(id);
        let node = this.nodes.get(id);
        if (!node) this.nodes.set(id, (node = this.make(id)));
        if (node.tr !== at) body.insertBefore(node.tr, at); else at = at.nextSibling;
        node.base = classes;
        cells.forEach((cell, i) => this.fill(node, i, cell));
      }
      for (const [id, node] of this.nodes) if (!seen.has(id)) { node.tr.remove(); this.nodes.delete(id); }
    },
    make(id) {
      const tr = document.createElement("tr");
      tr.dataset.id = id;
      tr.dataset.testid = `${this.name}-${id}`;
      const cells = this.columns.map((c) => {
        const td = tr.appendChild(document.createElement("td"));
        td.dataset.testid = `${this.name}-${id}-${c.name}`;
        return { td, shown: "" };
      });
      return { tr, cells, base: "" };
    },
    fill(node, i, cell) {
      const known = JSON.stringify(cell), slot = node.cells[i];
      if (!slot || slot.shown === known) return;
      slot.shown = known;
      const [text, classes, tip, action, led] = Array.isArray(cell) ? cell : [cell, "", "", "", ""];
      const td = slot.td;
      td.className = `${this.columns[i].classes} ${classes} ${action ? "has-button" : ""}`;
      td.title = tip;
      if (!action && !led) { td.textContent = text; return; }
      td.textContent = "";
      if (led) td.appendChild(document.createElement("i")).className = `led ${led}`;
      if (!action) { td.append(text); return; }
      const button = td.appendChild(document.createElement("button"));
      button.className = "cell-button";
      button.textContent = text;
      button.dataset.act = action;
      button.dataset.testid = `${action}-${node.tr.dataset.id}`;
    },
    reveal(e) {
      const td = e.target.closest("td"); // what does not fit is read on hover
      if (td && !td.title && td.scrollWidth > td.clientWidth) td.title = td.textContent;
    },
    click(e) {
      const id = e.target.closest("tr")?.dataset.id, action = e.target.closest("[data-act]")?.dataset.act;
      if (id === undefined) return;
      if (action) this.$emit("act", [id, action]);
      else if (this.pickable) this.$emit("pick", id);
    },
    key(e) {
      const ids = this.rows.map((r) => r[0]), step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      if (!this.pickable || !ids.length || e.target.tagName === "BUTTON") return;
      if (step) {
        const at = ids.indexOf(this.here);
        this.here = ids[Math.min(ids.length - 1, Math.max(0, at + step))];
        this.$emit("pick", this.here);
        e.preventDefault();
      } else if (e.key === "Enter") {
        this.$emit("act", [this.here && ids.includes(this.here) ? this.here : ids[0], "open"]);
      }
    },
    select(scroll) {
      this.here = this.picked;
      for (const [id, node] of this.nodes) {
        node.tr.className = `${node.base} ${id === this.picked ? "picked" : ""}`;
        if (scroll && id === this.picked) node.tr.scrollIntoView({ block: "nearest" });
      }
    },
  },
};
