// Positions in groups: rows can be marked, sorted, folded and acted on; only cells that differ are sent and touched.
const MENU_ROOM = 8;

export default {
  template: `<div class="positions-grid" :data-testid="name" @keydown.esc="shut"><table><thead><tr>
    <th class="c-sel"><input type="checkbox" ref="all" title="Mark all open positions" aria-label="Mark all open positions" :data-testid="name + '-mark-all'" @change="markAll"></th>
    <th class="c-title" @click="$emit('sort', 'title')" :data-testid="name + '-sort-title'" :aria-sort="order('title')">Position{{ arrow("title") }}</th>
    <th v-for="c in columns" :key="c.name" :class="c.classes" :title="c.tip" @click="$emit('sort', c.name)" :data-testid="name + '-sort-' + c.name" :aria-sort="order(c.name)">{{ c.title }}{{ arrow(c.name) }}</th>
    <th class="c-acts"></th></tr></thead><tbody ref="body"></tbody></table>
    <div v-if="menu" class="row-menu" ref="menu" role="menu" :style="menu.place" :data-testid="name + '-menu'"><button v-for="a in menu.acts" :key="a[0]" type="button" role="menuitem" :class="a[3]"
      :data-testid="name + '-act-' + a[0]" :title="a[4]" @click="act(menu.id, a[0])"><i class="q-icon material-icons">{{ a[2] }}</i>{{ a[1] }}</button></div></div>`,
  props: { name: String, columns: Array, sorted: String },
  emits: ["mark", "act", "sort", "fold", "view"],
  data: () => ({ menu: null }),
  mounted() {
    this.nodes = new Map();
    this.marked = new Set();
    this.seq = 0;
    this.$refs.body.addEventListener("click", this.click);
    this.$refs.body.addEventListener("change", this.tick);
    this.away = (event) => this.menu && !event.target.closest?.(".row-menu, .c-acts") && this.shut();
    document.addEventListener("pointerdown", this.away);
    this.sight = new IntersectionObserver((seen) => this.$emit("view", { shown: seen.at(-1).isIntersecting, seq: this.seq, fresh: !this.told++ }));
    this.told = 0;
    this.sight.observe(this.$el);
  },
  unmounted() {
    document.removeEventListener("pointerdown", this.away);
    this.sight.disconnect();
  },
  methods: {
    arrow(column) {
      const [name, way] = (this.sorted ?? "").split(" ");
      return name === column ? ` ${way}` : "";
    },
    order(column) {
      return { " ↓": "descending", " ↑": "ascending" }[this.arrow(column)] ?? null;
    },
    // rows: [[id, kind, title, marks, acts, classes]], marked: ids
    build(rows, marked, seq) {
      const body = this.$refs.body, kept = new Set(rows.map((row) => row[0]));
      for (const [id, node] of this.nodes) {
        if (kept.has(id)) continue;
        node.tr.remove();
        this.nodes.delete(id);
      }
      let at = body.firstChild;
      for (const row of rows) {
        const node = this.nodes.get(row[0]) ?? this.make(row);
        this.dress(node, row);
        if (node.tr === at) at = at.nextSibling;
        else body.insertBefore(node.tr, at);
      }
      this.marked = new Set(marked);
      for (const [id, node] of this.nodes) if (node.box) node.box.checked = this.marked.has(id);
      if (this.menu && !kept.has(this.menu.id)) this.shut();
      this.sum();
      this.answer(seq);
    },
    // cells: [[id, column, text, classes, tip]]
    patch(cells, seq) {
      for (const [id, i, text, classes, tip] of cells) {
        const td = this.nodes.get(id)?.cells[i];
        if (!td) continue;
        td.textContent = text;
        td.className = `${this.columns[i].classes} ${classes}`;
        td.title = tip;
      }
      this.answer(seq);
    },
    answer(seq) {
      this.seq = seq;
      this.$emit("view", { shown: true, seq, fresh: false });
    },
    make([id, kind]) {
      const tr = document.createElement("tr"), node = { tr, kind };
      tr.dataset.id = id;
      tr.dataset.testid = `${this.name}-${id}`;
      const cell = (classes) => {
        const td = tr.appendChild(document.createElement("td"));
        td.className = classes;
        return td;
      };
      const first = cell("c-sel");
      if (kind === "line") {
        node.box = first.appendChild(document.createElement("input"));
        Object.assign(node.box, { type: "checkbox", title: "Mark this position" });
        node.box.setAttribute("aria-label", "Mark this position");
        node.box.dataset.testid = `${this.name}-${id}-mark`;
      }
      node.title = cell("c-title");
      node.cells = this.columns.map((c) => {
        const td = cell(c.classes);
        td.dataset.testid = `${this.name}-${id}-${c.name}`;
        return td;
      });
      node.acts = cell("c-acts");
      this.nodes.set(id, node);
      return node;
    },
    dress(node, row) {
      const shown = JSON.stringify(row);
      if (node.shown === shown) return;
      node.shown = shown;
      const [id, kind, title, marks, acts, classes] = row;
      node.tr.className = `${kind} ${classes}`;
      node.title.textContent = "";
      if (kind === "group") {
        const fold = node.title.appendChild(document.createElement("i"));
        fold.className = "q-icon material-icons";
        fold.textContent = classes.includes("folded") ? "chevron_right" : "expand_more";
      }
      node.title.appendChild(document.createElement("span")).textContent = title;
      for (const [text, tone, tip] of marks) {
        const mark = node.title.appendChild(document.createElement("b"));
        mark.className = `mark ${tone}`;
        mark.textContent = text;
        mark.title = tip;
        mark.dataset.testid = `${this.name}-${id}-mark-${tone.split(" ")[0]}`;
      }
      if (node.box) node.box.disabled = classes.includes("closed");
      node.list = acts;
      node.acts.textContent = "";
      const first = acts.filter(([, , , tone]) => tone).slice(0, 1); // others are in the menu alone
      for (const [what, label, , tone, tip] of first) this.button(node.acts, id, what, label, "", tone, tip);
      if (acts.length > first.length) this.button(node.acts, id, "menu", "", "more_vert", "", "Add, roll, reverse, and more");
    },
    button(into, id, what, label, icon, tone, tip) {
      const made = into.appendChild(document.createElement("button"));
      Object.assign(made, { type: "button", className: `cell-button ${tone}`, title: tip });
      made.dataset.act = what;
      made.dataset.testid = `${this.name}-${id}-${what}`;
      made.setAttribute("aria-label", tip || label);
      if (icon) {
        const sign = made.appendChild(document.createElement("i"));
        sign.className = "q-icon material-icons";
        sign.textContent = icon;
      } else made.textContent = label;
    },
    click(event) {
      const tr = event.target.closest("tr"), what = event.target.closest("[data-act]")?.dataset.act, id = tr?.dataset.id;
      if (!id) return;
      if (what === "menu") this.open(id, event.target.closest("button"));
      else if (what) this.act(id, what);
      else if (this.nodes.get(id).kind === "group") this.$emit("fold", id);
      else if (!event.target.closest("input")) this.$emit("act", [id, "show"]);
    },
    open(id, button) {
      const at = button.getBoundingClientRect(), node = this.nodes.get(id);
      if (this.menu?.id === id) return this.shut();
      this.menu = { id, acts: node.list, place: { right: `${window.innerWidth - at.right}px`, top: `${at.bottom + 2}px` } };
      this.$nextTick(() => {
        const box = this.$refs.menu?.getBoundingClientRect();
        if (box && box.bottom > window.innerHeight - MENU_ROOM) this.menu.place = { right: this.menu.place.right, top: `${Math.max(MENU_ROOM, at.top - box.height - 2)}px` };
        this.$refs.menu?.querySelector("button")?.focus();
      });
    },
    shut() {
      this.menu = null;
    },
    act(id, what) {
      this.shut();
      this.$emit("act", [id, what]);
    },
    tick(event) {
      const id = event.target.closest("tr").dataset.id;
      if (event.target.checked) this.marked.add(id);
      else this.marked.delete(id);
      this.tell();
    },
    markAll(event) {
      this.marked = new Set();
      for (const [id, node] of this.nodes) {
        if (!node.box || node.box.disabled) continue;
        node.box.checked = event.target.checked;
        if (event.target.checked) this.marked.add(id);
      }
      this.tell();
    },
    tell() {
      this.sum();
      this.$emit("mark", [...this.marked]);
    },
    sum() {
      const boxes = [...this.nodes.values()].filter((node) => node.box && !node.box.disabled).map((node) => node.box);
      const on = boxes.filter((box) => box.checked).length;
      this.$refs.all.checked = on > 0 && on === boxes.length;
      this.$refs.all.indeterminate = on > 0 && on < boxes.length;
    },
  },
};
