// The strip in the shell's foot; ages are counted here, so that time alone costs no message.
export default {
  template: `<div class="blotter" :class="{ closed: !open, peek }" data-testid="blotter">
    <button type="button" class="bl-fold" title="Fold this strip away" aria-label="Fold this strip away" data-testid="blotter-fold" @click="$emit('fold')"><i class="q-icon notranslate material-icons">expand_more</i></button>
    <a v-for="c in cells" :key="c.name" :href="c.href || null" class="bl-cell" :class="c.tone" :title="c.tip" :data-testid="'blotter-' + c.name"><span v-if="c.label" class="bl-label">{{ c.label }}</span><b class="num">{{ c.text }}</b></a>
    <span class="bl-events"><a v-for="e in events" :key="e.number" :href="e.link || null" class="bl-event" :class="'bl-' + e.level" :title="e.text" data-testid="blotter-event"><i></i>{{ e.text }}<small class="num">{{ age(e) }}</small></a>
    <span v-if="!events.length" class="bl-none">Nothing has happened to an order yet.</span></span></div>`,
  props: { cells: Array, events: Array, open: Boolean, peek: Boolean },
  emits: ["fold"],
  data: () => ({ now: performance.now() }),
  created() { this.heard = new Map(); },
  mounted() { this.timer = setInterval(() => { if (this.events.length && !document.hidden) this.now = performance.now(); }, 1000); },
  unmounted() { clearInterval(this.timer); },
  methods: {
    age(event) {
      if (!this.heard.has(event.number)) this.heard.set(event.number, performance.now() - event.age * 1000);
      const seconds = Math.max(0, (Math.max(this.now, performance.now()) - this.heard.get(event.number)) / 1000);
      if (seconds < 60) return `${Math.floor(seconds)} s`;
      return seconds < 3600 ? `${Math.floor(seconds / 60)} m` : `${Math.floor(seconds / 3600)} h`;
    },
  },
};
