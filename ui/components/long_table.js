// A long list of lines: only those in view are painted, and only what differs is sent and touched.
const MARGIN = 6, AHEAD = 60, NARROW = 1090;

export default {
  template: `<div class="long-table" :class="{ 'lt-narrow': narrow }" ref="scroll" tabindex="0" role="grid" :data-testid="name + '-table'" @scroll.passive="look" @keydown="key">
    <div class="lt-head lt-grid" role="row" :style="grid"><span v-for="c in columns" :key="c.name" role="columnheader" :class="'c-' + c.name + ' ' + c.classes + (c.sorts ? ' sorts' : '') + (c.roomy ? ' lt-roomy' : '')" :title="c.tip"
      :data-testid="c.sorts ? name + '-sort-' + c.name : null" :aria-sort="order(c)" @click="c.sorts && $emit('sort', c.name)">{{ c.title }}{{ mark(c) }}</span></div>
    <div class="lt-body" ref="body"></div><div v-if="!count" class="data-table-empty" :data-testid="name + '-empty'">{{ empty }}</div><i class="lt-probe" ref="probe"></i></div>`,
  props: { name: String, columns: Array, picked: String, empty: String, sorted: String },
  emits: ["again", "view", "pick", "act", "sort", "send"],
  data: () => ({ count: 0, narrow: false }),
  computed: {
    grid() { return { gridTemplateColumns: this.columns.map((c) => (this.narrow && c.roomy ? "0" : c.width || "minmax(0, 1fr)")).join(" ") }; },
  },
  created() {
    this.seq = -1;
    this.ids = [];
    this.lines = new Map(); // id -> { classes, cells }
    this.nodes = new Map(); // id -> what is painted of it
    this.edits = new Map(); // id -> fields that are being typed
  },
  mounted() {
    this.$refs.body.addEventListener("click", this.click);
    this.sizes = new ResizeObserver(() => { this.measure(); this.look(); });
    this.sizes.observe(this.$refs.scroll);
    this.measure();
    this.$emit("again");
  },
  unmounted() {
    this.sizes.disconnect();
    cancelAnimationFrame(this.raf);
  },
  watch: {
    picked() { this.reveal(this.picked); this.look(); },
    grid() { for (const { div } of this.nodes.values()) div.style.gridTemplateColumns = this.grid.gridTemplateColumns; },
  },
  methods: {
    mark(column) {
      const [name, arrow] = (this.sorted ?? "").split(" ");
      return name === column.name ? ` ${arrow}` : "";
    },
    order(column) { return { " ↓": "descending", " ↑": "ascending" }[this.mark(column)] ?? null; },
    measure() {
      this.high = this.$refs.probe?.offsetHeight || 24;
      this.narrow = this.$refs.scroll.clientWidth < NARROW;
    },

    // from the server
    patch({ seq, ids, splice, lines, gone }) {
      if (!ids && seq !== this.seq + 1) return void (this.asking ||= (this.$emit("again"), true));
      this.seq = seq;
      if (ids) [this.ids, this.asking] = [ids, false];
      if (splice) this.ids.splice(splice[0], splice[1], ...splice[2]);
      for (const id of gone ?? []) this.forget(id);
      if (ids) { this.told = null; const kept = new Set(ids); for (const id of [...this.lines.keys()]) if (!kept.has(id)) this.forget(id); }
      for (const [id, classes, cells] of lines) this.learn(id, classes, cells);
      this.count = this.ids.length;
      if (this.wanted && this.ids.includes(this.wanted)) this.reveal(this.wanted);
      this.look();
    },
    learn(id, classes, cells) {
      let line = this.lines.get(id);
      if (!line) this.lines.set(id, (line = { cells: [] }));
      line.classes = classes;
      for (const [i, cell] of cells) line.cells[i] = cell;
      const node = this.nodes.get(id);
      if (node) for (const [i] of cells) this.fill(node, i);
    },
    forget(id) {
      this.lines.delete(id);
      this.edits.delete(id);
      this.nodes.get(id)?.div.remove();
      this.nodes.delete(id);
    },
    edit(id, fields) {
      fields ? this.edits.set(id, fields) : this.edits.delete(id);
      const node = this.nodes.get(id);
      if (!node) return;
      this.columns.forEach((_, i) => this.fill(node, i));
      const first = fields && (node.div.querySelector(".c-price input") ?? node.div.querySelector("input"));
      first?.focus({ preventScroll: true });
      first?.select();
      this.look();
    },

    // painting
    look() { this.raf ||= requestAnimationFrame(() => { this.raf = 0; this.paint(); }); },
    paint() {
      const scroll = this.$refs.scroll, body = this.$refs.body;
      if (!scroll || !scroll.clientHeight) return;
      body.style.height = `${this.ids.length * this.high}px`;
      const top = scroll.scrollTop - body.offsetTop;
      const first = Math.max(0, Math.floor(top / this.high) - MARGIN);
      const last = Math.min(this.ids.length, Math.ceil((top + scroll.clientHeight) / this.high) + MARGIN);
      this.tell(first, last);
      const shown = new Set();
      for (let at = first; at < last; at++) {
        const id = this.ids[at], line = this.lines.get(id);
        if (!line) continue;
        shown.add(id);
        const node = this.nodes.get(id) ?? this.make(id);
        if (node.at !== at) node.div.style.transform = `translateY(${(node.at = at) * this.high}px)`;
        const classes = `lt-line lt-grid ${line.classes}${id === this.picked ? " picked" : ""}${this.edits.has(id) ? " editing" : ""}`;
        if (node.div.className !== classes) node.div.className = classes;
      }
      for (const [id, node] of this.nodes)
        if (!shown.has(id) && !this.edits.has(id)) { node.div.remove(); this.nodes.delete(id); }
    },
    tell(first, last) { // the server sends the lines of these places, some ahead
      const known = this.told ?? [0, 100]; // as the server begins
      if (first >= known[0] && Math.min(last, this.ids.length - 1) <= known[1]) return;
      this.told = [Math.max(0, first - AHEAD), last + AHEAD];
      this.$emit("view", this.told);
    },
    make(id) {
      const div = document.createElement("div");
      div.dataset.id = id;
      div.dataset.testid = `${this.name}-${id}`;
      div.setAttribute("role", "row");
      div.style.gridTemplateColumns = this.grid.gridTemplateColumns;
      const cells = this.columns.map((c) => {
        const span = div.appendChild(document.createElement("span"));
        span.dataset.testid = `${this.name}-${id}-${c.name}`;
        span.setAttribute("role", "gridcell");
        return span;
      });
      const node = { div, cells, at: -1, id };
      this.nodes.set(id, node);
      this.columns.forEach((_, i) => this.fill(node, i));
      this.$refs.body.appendChild(div);
      return node;
    },
    fill(node, i) {
      const column = this.columns[i], span = node.cells[i], cell = this.lines.get(node.id)?.cells[i] ?? "";
      const [text, classes, tip, note] = Array.isArray(cell) ? cell : [cell, "", "", ""];
      const fields = this.edits.get(node.id), field = fields?.[column.name];
      if (field && span.querySelector("input")) return; // what is being typed stays
      span.className = `c-${column.name} ${column.classes} ${column.kind === "chip" ? "" : classes}${column.roomy ? " lt-roomy" : ""}`;
      span.title = tip || "";
      span.textContent = "";
      if (column.kind === "acts") (fields ? [["send", "check", "Send these terms (Enter)", "go"], ["stop", "close", "Leave it as it is (Esc)", ""]] : text || []).forEach((act) => span.append(this.button(node.id, act)));
      else if (field) this.type(node, span, column.name, field);
      else if (column.kind === "chip") {
        const chip = span.appendChild(document.createElement("b"));
        chip.className = `tag ${classes}`;
        chip.textContent = text;
        if (note) span.append(" ", Object.assign(document.createElement("small"), { textContent: note }));
      } else if (column.kind === "fold" && note) {
        span.append(this.button(node.id, ["fold", note === "open" ? "expand_more" : "chevron_right", "Its slices", "fold"]), text);
      } else span.textContent = text;
    },
    button(id, [act, icon, tip, classes]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = `lt-act ${classes ?? ""}`;
      button.title = tip;
      button.setAttribute("aria-label", tip);
      button.dataset.act = act;
      button.dataset.testid = `${this.name}-${act}-${id}`;
      button.disabled = classes === "busy";
      const mark = button.appendChild(document.createElement("i"));
      mark.className = "q-icon notranslate material-icons";
      mark.textContent = icon;
      return button;
    },

    // typing new terms into a line
    type(node, span, name, field) {
      const input = document.createElement("input");
      Object.assign(input, { value: field.value, inputMode: "decimal", autocomplete: "off", title: field.tip });
      input.dataset.testid = `${this.name}-${node.id}-${name}-input`;
      input.setAttribute("aria-label", field.tip);
      const step = (by) => {
        const next = (Number(input.value) || 0) + by * field.step, places = (String(field.step).split(".")[1] ?? "").length;
        input.value = field.value = Math.max(field.step, Math.round(next / field.step) * field.step).toFixed(places);
      };
      input.addEventListener("input", () => { field.value = input.value; });
      input.addEventListener("keydown", (event) => {
        const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        if (by) step(by * (event.shiftKey ? 10 : 1));
        else if (event.key === "Enter") this.send(node.id);
        else if (event.key === "Escape") this.$emit("act", [node.id, "stop"]);
        else return;
        event.preventDefault();
        event.stopPropagation();
      });
      const knob = (sign, by) => {
        const button = document.createElement("button");
        Object.assign(button, { type: "button", className: "lt-step", textContent: sign, title: `${sign === "+" ? "Up" : "Down"} by ${field.step}` });
        button.dataset.testid = `${this.name}-${node.id}-${name}-${sign === "+" ? "up" : "down"}`;
        button.addEventListener("click", (event) => { event.stopPropagation(); step(by); });
        return button;
      };
      span.classList.add("typing");
      span.append(knob("−", -1), input, knob("+", 1));
    },
    send(id) {
      const fields = this.edits.get(id);
      if (fields) this.$emit("send", { id, ...Object.fromEntries(Object.entries(fields).map(([name, f]) => [name, String(f.value)])) });
    },

    // from the user
    click(event) {
      const id = event.target.closest(".lt-line")?.dataset.id, act = event.target.closest("[data-act]")?.dataset.act;
      if (id === undefined || event.target.closest("input, .lt-step")) return;
      if (act === "send") this.send(id);
      else if (act) this.$emit("act", [id, act]);
      else this.$emit("pick", id);
    },
    key(event) {
      const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12 }[event.key];
      if (!step || !this.ids.length || event.target.tagName === "INPUT") return;
      const at = this.ids.indexOf(this.picked);
      this.$emit("pick", this.ids[Math.min(this.ids.length - 1, Math.max(0, at < 0 ? 0 : at + step))]);
      event.preventDefault();
    },
    reveal(id) {
      const at = this.ids.indexOf(id), scroll = this.$refs.scroll;
      this.wanted = at < 0 ? id : "";
      if (at < 0 || !scroll) return;
      const head = this.$refs.body.offsetTop, top = at * this.high, bottom = top + this.high + head;
      if (top < scroll.scrollTop) scroll.scrollTop = top;
      else if (bottom > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = bottom - scroll.clientHeight;
    },
  },
};
