// Log lines: adds and removes only what differs, and follows the end unless the reader scrolled up.
export default {
  template: `<div class="log-console" ref="box" tabindex="0" role="log" aria-label="Log"></div>`,
  props: { lines: Array },
  mounted() { this.nodes = new Map(); this.paint(); },
  watch: { lines() { this.paint(); } },
  methods: {
    paint() {
      const box = this.$refs.box, lines = Vue.toRaw(this.lines), wanted = new Set(lines.map((l) => l[0]));
      const follow = box.scrollHeight - box.scrollTop - box.clientHeight < 30;
      for (const [number, node] of this.nodes) if (!wanted.has(number)) { node.remove(); this.nodes.delete(number); }
      let at = box.firstChild;
      for (const line of lines) {
        let node = this.nodes.get(line[0]);
        if (!node) this.nodes.set(line[0], (node = this.make(line)));
        if (node !== at) box.insertBefore(node, at); else at = at.nextSibling;
      }
      if (follow) box.scrollTop = box.scrollHeight;
    },
    make([number, at, level, text]) {
      const node = document.createElement("div");
      node.className = `log-line log-${level}`;
      node.dataset.testid = `log-${number}`;
      for (const [kind, value] of [["log-at", at], ["log-level", level], ["log-text", text]]) {
        const span = node.appendChild(document.createElement("span"));
        span.className = kind;
        span.textContent = value;
      }
      return node;
    },
    copy() {
      const text = Vue.toRaw(this.lines).map((l) => `${l[1]} ${l[2].padEnd(8)} ${l[3]}`).join("\n");
      if (navigator.clipboard) return navigator.clipboard.writeText(text);
      // a desk reached by plain http from another machine has no clipboard of that kind
      const area = document.body.appendChild(document.createElement("textarea"));
      area.value = text;
      area.select();
      document.execCommand("copy");
      area.remove();
    },
  },
};
