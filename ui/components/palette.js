// The command palette: everything but the search of instruments happens in the browser.
const SHOWN = 14;

export default {
  template: `<div class="palette-back" v-show="shown" @mousedown.self="close" data-testid="palette">
    <div class="palette" role="dialog" aria-label="Go anywhere">
      <input ref="field" v-model="text" @input="typed" @keydown="key" placeholder="Page, underlying, expiry or contract…"
        data-testid="palette-input" spellcheck="false" autocomplete="off">
      <div class="palette-list" ref="list">
        <div v-for="(item, i) in hits" :class="['palette-item', { here: i === at }]" @mousemove="at = i" @click="choose(item)"
          data-testid="palette-item"><span>{{ item.text }}</span><span class="palette-hint">{{ item.hint }}</span></div>
        <div v-if="!hits.length" class="palette-none">Nothing found.</div>
      </div>
    </div></div>`,
  props: { items: Array },
  emits: ["search", "theme", "help", "order"],
  data() {
    return { shown: false, text: "", at: 0, remote: [] };
  },
  computed: {
    hits() {
      const words = this.text.toLowerCase().split(/\s+/).filter(Boolean);
      const fits = (item) => words.every((w) => `${item.text} ${item.hint}`.toLowerCase().includes(w));
      return [...this.items.filter(fits), ...this.remote].slice(0, SHOWN);
    },
  },
  mounted() {
    document.addEventListener("keydown", this.hotkey);
  },
  unmounted() {
    document.removeEventListener("keydown", this.hotkey);
  },
  methods: {
    hotkey(event) {
      const typing = event.target.closest?.("input, textarea, [contenteditable]");
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        this.shown ? this.close() : this.open();
      } else if (event.key === "?" && !typing) this.$emit("help");
      else if (event.key === "Escape" && this.shown) this.close();
    },
    open() {
      this.shown = true;
      this.text = "";
      this.remote = [];
      this.at = 0;
      this.$nextTick(() => this.$refs.field.focus());
    },
    close() {
      this.shown = false;
    },
    typed() {
      this.at = 0;
      this.remote = [];
      if (this.text.trim().length > 1) this.$emit("search", this.text);
    },
    found(text, items) {
      if (text === this.text.slice(0, 60)) this.remote = items;
    },
    key(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        this.at = (this.at + step + this.hits.length) % (this.hits.length || 1);
        this.$nextTick(() => this.$refs.list.querySelector(".here")?.scrollIntoView({ block: "nearest" }));
      } else if (event.key === "Enter" && this.hits[this.at]) this.choose(this.hits[this.at]);
    },
    choose(item) {
      this.close();
      if (item.href) emitEvent("sub_pages_navigate", item.href);
      else this.$emit(item.command, item);
    },
  },
};
