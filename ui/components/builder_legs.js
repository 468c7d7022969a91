// The legs of a draft: every cell can be typed into, stepped by keys or buttons; the server answers each edit.
const free = (event) => !event.ctrlKey && !event.metaKey && !event.altKey;

// A text field that keeps what is being typed when new numbers come.
const Field = {
  props: { value: String, bad: Boolean, own: Boolean, steps: Boolean, tip: String, label: String, answer: Number },
  emits: ["put", "step", "drop"],
  data: () => ({ typed: null, told: false }),
  template: `<input class="leg-field num" :class="{ bad, own }" :value="typed ?? value" :title="tip" :aria-label="label" :aria-invalid="bad" inputmode="text"
    autocomplete="off" spellcheck="false" @focus="$event.target.select()" @input="write($event.target.value)" @change="tell" @blur="leave" @keydown="key">`,
  watch: {
    answer() {
      if (this.told) this.typed = null;
      this.told = false;
    },
  },
  methods: {
    write(text) {
      this.typed = text;
      this.told = false;
    },
    tell() {
      if (this.typed === null || this.told) return;
      this.told = true;
      this.$emit("put", this.typed);
    },
    leave() {
      if (!this.told) this.typed = null;
    },
    key(event) {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (event.key === "Escape") {
        this.typed = null;
        if (this.bad) this.$emit("drop");
        event.target.blur();
      } else if (event.key === "Enter") this.tell();
      else if (step && this.steps && free(event)) {
        event.preventDefault();
        this.$emit("step", step * (event.shiftKey ? 5 : 1));
      }
    },
  },
};

const stepper = (name, title) => `<span class="stepper"><button tabindex="-1" @click="put(i, '${name}-step', -1)" aria-label="${title}: less" :data-testid="'leg-' + i + '-${name}-less'">−</button>
  <Field :value="r.${name}" :bad="!!r.bad.${name}" :tip="r.bad.${name}" steps label="${title}" :answer="answer" :data-testid="'leg-' + i + '-${name}'" @put="put(i, '${name}', $event)" @drop="put(i, 'forget', '${name}')" @step="put(i, '${name}-step', $event)"></Field>
  <button tabindex="-1" @click="put(i, '${name}-step', 1)" aria-label="${title}: more" :data-testid="'leg-' + i + '-${name}-more'">+</button></span>`;
const field = (name, title, value = `r.${name}`, own = "false", tip = "''") =>
  `<Field :value="${value}" :bad="!!r.bad.${name}" :own="${own}" :tip="r.bad.${name} || ${tip}" label="${title}" :answer="answer" :data-testid="'leg-' + i + '-${name}'" @put="put(i, '${name}', $event)" @drop="put(i, 'forget', '${name}')"></Field>`;

export default {
  components: { Field },
  template: `<div class="legs" ref="root"><table v-if="rows.length"><thead><tr>
    <th></th><th>B/S</th><th class="c">Lots</th><th>Qty</th><th class="l">Expiry</th><th class="c">Strike</th><th class="l">Type</th>
    <th title="What the leg is entered at: bought at the ask, sold at the bid; type another price, clear it for the market's">Entry</th>
    <th title="Last price; click it to enter at what can be had now">LTP</th>
    <th title="Implied volatility, %; type another, clear it for the market's">IV</th><th title="Vol points on top of it">± IV</th>
    <th title="Delta of the leg, in units of the underlying">Delta</th><th title="At the middle of the quotes, before charges">P&amp;L</th><th></th></tr></thead>
    <tbody><template v-for="(r, i) in rows" :key="i"><tr tabindex="0" :class="{ off: !r.enabled, sold: r.sold, lost: r.lost }" :data-testid="'leg-' + i" :aria-label="r.title" @keydown.self="key($event, i)">
      <td class="t-on"><input type="checkbox" :checked="r.enabled" aria-label="The leg counts" title="Whether the leg counts (space)" :data-testid="'leg-' + i + '-enabled'" @change="put(i, 'enabled', $event.target.checked)"></td>
      <td class="t-side"><button class="side" :class="r.sold ? 'sell' : 'buy'" :title="r.sold ? 'Sold; click to buy' : 'Bought; click to sell'" :data-testid="'leg-' + i + '-side'" @click="put(i, 'side', 0)">{{ r.sold ? "S" : "B" }}</button></td>
      <td class="t-lots">${stepper("lots", "Lots")}</td>
      <td class="t-units">${field("units", "Units")}</td>
      <td class="t-expiry"><select :value="r.expiry" aria-label="Expiry" :data-testid="'leg-' + i + '-expiry'" @change="put(i, 'expiry', $event.target.value)"><option v-for="d in r.days" :value="d[0]">{{ d[1] }}</option></select></td>
      <td class="t-strike"><span v-if="!r.strike && r.right === 'FUT'" class="faint">–</span><template v-else>${stepper("strike", "Strike")}</template></td>
      <td class="t-right"><select :value="r.right" aria-label="Call, put or future" :data-testid="'leg-' + i + '-right'" @change="put(i, 'right', $event.target.value)"><option v-for="x in ['CE', 'PE', 'FUT']">{{ x }}</option></select></td>
      <td class="t-price">${field("price", "Entry price")}</td>
      <td class="t-ltp"><button class="take num" :title="f(i).quote" :data-testid="'leg-' + i + '-ltp'" @click="put(i, 'reprice', 0)">{{ f(i).ltp }}</button></td>
      <td class="t-iv"><template v-if="r.right !== 'FUT'">${field("iv", "Implied volatility", "r.iv || f(i).iv", "!!r.iv", "f(i).ivTip")}</template></td>
      <td class="t-shift"><template v-if="r.right !== 'FUT'">${field("shift", "Vol points added", "r.shift", "!!r.shift")}</template></td>
      <td class="t-delta num" :data-testid="'leg-' + i + '-delta'">{{ f(i).delta }}</td>
      <td class="t-pnl num" :class="f(i).tone" :data-testid="'leg-' + i + '-pnl'">{{ f(i).pnl }}</td>
      <td class="t-more"><button title="Duplicate (D)" aria-label="Duplicate" :data-testid="'leg-' + i + '-duplicate'" @click="put(i, 'duplicate', 0)"><i class="q-icon material-icons">content_copy</i></button>
        <button title="Remove (Del)" aria-label="Remove" :data-testid="'leg-' + i + '-remove'" @click="put(i, 'remove', 0)"><i class="q-icon material-icons">close</i></button></td></tr>
      <tr v-if="r.problems.length" class="leg-problem" :data-testid="'leg-' + i + '-problem'"><td colspan="14"><div v-for="text in r.problems">{{ text }}</div></td></tr></template></tbody>
    <tfoot><tr data-testid="legs-total"><td colspan="2"></td><td colspan="5" class="l">{{ total.words }}</td><td class="num" title="Paid (−) or received (+) for the options">{{ total.premium }}</td><td colspan="3" class="l faint">{{ total.way }}</td>
      <td class="num">{{ total.delta }}</td><td class="num" :class="total.tone">{{ total.pnl }}</td><td></td></tr></tfoot></table></div>`,
  props: { rows: Array, answer: Number },
  emits: ["edit", "ready", "key"],
  data: () => ({ figures: [], total: {} }),
  mounted() {
    document.addEventListener("keydown", this.heard);
    this.$emit("ready");
  },
  unmounted() {
    document.removeEventListener("keydown", this.heard);
  },
  methods: {
    live(figures, total) {
      this.figures = figures;
      this.total = total;
    },
    f(i) {
      return this.figures[i] ?? { ltp: "–", iv: "", delta: "–", pnl: "–" };
    },
    put(at, what, value) {
      this.$emit("edit", [at, what, value]);
    },
    key(event, i) {
      if (!free(event)) return;
      const by = event.shiftKey ? 5 : 1, acts = {
        ArrowUp: ["strike-step", by], ArrowDown: ["strike-step", -by], ArrowRight: ["lots-step", by], ArrowLeft: ["lots-step", -by],
        Delete: ["remove", 0], Backspace: ["remove", 0], d: ["duplicate", 0], b: ["buy", 0], s: ["sell", 0], " ": ["toggle", 0], Enter: ["reprice", 0],
      };
      const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!act) return;
      event.preventDefault();
      this.put(i, ...act);
      if (act[0] === "remove") this.$nextTick(() => this.$refs.root.querySelectorAll("tbody tr[tabindex]")[Math.max(0, i - 1)]?.focus());
    },
    heard(event) {
      const busy = event.target.closest?.("input:not([type=range], [type=checkbox]), textarea, .q-dialog");
      if (busy && !(busy.classList.contains("leg-field") && busy.value === busy.defaultValue)) return;
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      const key = event.key.toLowerCase(), what = key === "z" ? (event.shiftKey ? "redo" : "undo") : key === "y" ? "redo" : "";
      if (!what) return;
      event.preventDefault();
      this.$emit("key", what);
    },
  },
};
