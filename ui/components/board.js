// A strip of named figures, patched from the server without touching Vue's tree (one message for all that changed).
export default {
  template: `<div class="board" ref="root"></div>`,
  props: { cells: Array, state: Object },
  mounted() {
    this.nodes = {};
    for (const cell of this.cells) this.nodes[cell.name] = this.make(cell);
    this.patch(Object.entries(this.state).map(([name, shown]) => [name, ...shown]));
  },
  methods: {
    make(cell) {
      const node = document.createElement(cell.href ? "a" : "span");
      node.className = `cell ${cell.classes}`;
      if (cell.href) node.href = cell.href;
      if (cell.tip) node.title = cell.tip;
      const part = (kind, text) => {
        const span = node.appendChild(document.createElement("span"));
        span.className = kind;
        span.textContent = text;
        return span;
      };
      if (cell.label) part("label", cell.label);
      const value = part("value num", "");
      if (cell.testid) value.dataset.testid = cell.testid;
      this.$refs.root.appendChild(node);
      return { node, value, extra: part("extra num", ""), tip: cell.tip };
    },
    patch(changes) {
      for (const [name, text, tone, extra, extraTone, tip, raw] of changes) {
        const cell = this.nodes[name];
        if (!cell) continue;
        cell.value.textContent = text;
        cell.value.className = `value num ${tone}`;
        if (raw === null) delete cell.value.dataset.v;
        else cell.value.dataset.v = raw;
        cell.extra.textContent = extra;
        cell.extra.className = `extra num ${extraTone}`;
        cell.node.title = tip || cell.tip || "";
      }
    },
  },
};
