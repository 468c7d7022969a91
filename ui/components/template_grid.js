// Templates to choose from: each with the picture of its own pay-off, narrowed by words and by the view it is for.
const VIEWS = ["all", "bullish", "neutral", "bearish", "short volatility", "long volatility", "several expiries"];

export default {
  template: `<div class="template-grid">
    <div class="template-find"><input v-model="text" placeholder="Search" aria-label="Search templates" data-testid="template-search" @keydown.enter="first">
      <div class="segments"><button v-for="v in views" :class="{ here: v === view }" @click="view = v" :data-testid="'view-' + v.replace(' ', '-')">{{ v }}</button></div></div>
    <div class="template-list"><section v-for="g in groups" :key="g.name"><h3>{{ g.name }}</h3><div class="template-cards">
      <button v-for="t in g.templates" :key="t.name" class="template" :title="t.words" :data-testid="'template-' + t.name" @click="$emit('pick', t.name)">
        <svg viewBox="0 0 68 30" aria-hidden="true"><path class="profit" :d="t.profit"></path><path class="loss" :d="t.loss"></path>
          <line x1="2" x2="66" :y1="t.zero" :y2="t.zero"></line><path class="curve" :d="t.line"></path></svg><span>{{ t.title }}</span></button></div></section>
      <div v-if="!groups.length" class="empty-hint">No template has these words.</div></div></div>`,
  props: { templates: Array },
  emits: ["pick"],
  data: () => ({ text: "", view: "all", views: VIEWS }),
  computed: {
    found() {
      const words = this.text.toLowerCase().split(/\s+/).filter(Boolean);
      const fits = (t) => words.every((w) => `${t.title} ${t.group} ${t.words} ${t.tags.join(" ")}`.toLowerCase().includes(w));
      return this.templates.filter((t) => (this.view === "all" || t.tags.includes(this.view)) && fits(t));
    },
    groups() {
      const by = new Map();
      for (const t of this.found) by.set(t.group, [...(by.get(t.group) ?? []), t]);
      return [...by].map(([name, templates]) => ({ name, templates }));
    },
  },
  methods: {
    first() {
      if (this.found.length) this.$emit("pick", this.found[0].name);
    },
  },
};
