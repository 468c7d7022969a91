// What there is, by row and day: one letter a day, gaps in red, and a button that fills them.
const STATES = { h: "have", p: "part of it", m: "missing", n: "the broker has nothing", "-": "not listed then" };
const CLASSES = { h: "have", p: "part", m: "missing", n: "nothing", "-": "off" };
export default {
  template: `<div class="cover" :style="{'--days': days.length}">
    <div class="cover-row cover-head"><span class="cover-name"></span>
      <div class="cover-days"><b v-for="m in months" :key="m[0]" :style="{flex: m[1] + ' 0 0'}">{{ m[0].slice(0, 3) }}</b></div>
      <span class="cover-note"></span><span class="cover-act"></span></div>
    <div v-for="r in rows" :key="r[0]" class="cover-row" :data-testid="'cover-' + r[1]">
      <span class="cover-name" :title="r[0]">{{ r[1] }}</span>
      <div class="cover-days" role="img" :aria-label="r[1] + ': ' + r[2]">
        <i v-for="(c, i) in r[3]" :key="i" :class="kind(c)" :title="tip(i, c)"></i></div>
      <span class="cover-note num" :class="{down: r[4]}">{{ r[2] }}</span>
      <span class="cover-act"><button v-if="r[4]" type="button" class="button" :data-testid="'fill-' + r[1]"
        :title="'Download what is missing of ' + r[1]" @click="$emit('fill', r[0])">Fill</button></span>
    </div></div>`,
  props: { days: Array, rows: Array },
  emits: ["fill"],
  computed: {
    months() {
      const found = [];
      for (const day of this.days) {
        const at = new Date(day + "T00:00:00Z"), name = at.toLocaleString("en", { month: "short", timeZone: "UTC" }) + " " + at.getUTCFullYear();
        if (found.length && found[found.length - 1][0] === name) found[found.length - 1][1] += 1;
        else found.push([name, 1]);
      }
      return found;
    },
  },
  methods: {
    kind(c) { return CLASSES[c]; },
    tip(i, c) { return this.days[i] + ": " + STATES[c]; },
  },
};
