// The order ticket: the server keeps the form and says what it shows; here it is drawn, and armed once per answer.
import { FORMATS, DASH } from "desk-formats";

const free = (event) => !event.ctrlKey && !event.metaKey && !event.altKey;
const NARROW = 760, FAST = 10;

// What is being typed stays until the field is left; arrows step.
const Field = {
  props: { value: String, bad: Boolean, label: String, steps: Boolean, off: Boolean },
  emits: ["put", "step"],
  data: () => ({ typed: null }),
  template: `<input class="ticket-field num" :class="{ bad }" :value="typed ?? value" :aria-label="label" :aria-invalid="bad" :disabled="off" inputmode="decimal"
    autocomplete="off" spellcheck="false" @focus="$event.target.select()" @input="write($event.target.value)" @blur="typed = null" @keydown="key">`,
  methods: {
    write(text) {
      this.typed = text;
      this.$emit("put", text);
    },
    key(event) {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!step || !this.steps || !free(event)) return;
      event.preventDefault();
      this.typed = null;
      this.$emit("step", step * (event.shiftKey ? FAST : 1));
    },
  },
};

const segments = (name, label) => `<div class="segments" role="group" aria-label="${label}"><button v-for="[value, words, why] in v.choices.${name}" :key="value" type="button"
  :class="{ here: f.${name} === value }" :aria-pressed="f.${name} === value" :disabled="locked || !!why" :title="why" :data-testid="'ticket-${name}-' + slug(value)" @click="put('${name}', value)">{{ words }}</button></div>`;
const problems = (name) => `<p v-for="text in v.reasons.${name}" class="ticket-problem" data-testid="ticket-problem-${name}">{{ text }}</p>`;
const stepper = (name, field, label) => `<span class="ticket-stepper"><button type="button" tabindex="-1" :disabled="locked" aria-label="${label}: less" data-testid="ticket-${name}-less" @click="put('${name}-step', -1)">−</button>
  <Field :value="f.${name}" :bad="!!v.reasons.${field}" label="${label}" steps :off="locked" data-testid="ticket-${name}" @put="put('${name}', $event)" @step="put('${name}-step', $event)"></Field>
  <button type="button" tabindex="-1" :disabled="locked" aria-label="${label}: more" data-testid="ticket-${name}-more" @click="put('${name}-step', 1)">+</button></span>`;

const HEAD = `<header><div class="ticket-mode" data-testid="ticket-mode"><b>{{ v.mode.name.toUpperCase() }}</b> {{ v.mode.words }}</div>
  <button type="button" class="icon-button" title="Close (Esc)" aria-label="Close" data-testid="ticket-close" @click="$emit('shut')"><i class="q-icon material-icons">close</i></button></header>
  <div class="ticket-what"><div><b data-testid="ticket-symbol">{{ v.head.symbol }}</b><small>{{ v.head.about }}</small></div>
  <div class="ticket-price num" :class="{ stale: v.live.old }" :title="v.live.why"><b data-testid="ticket-ltp">{{ v.live.ltp }}</b> <span :class="v.live.old ? '' : v.live.tone">{{ v.live.change }}</span><small>{{ v.live.age }}</small></div></div>`;
const DOORS = `<div class="ticket-line segments ticket-doors" role="group" aria-label="Kind of order"><button type="button" class="here" aria-pressed="true">Order</button>
  <button v-for="[name, words, tip] in v.doors" :key="name" type="button" :title="tip" :disabled="locked" :data-testid="'ticket-door-' + name" @click="$emit('door', name)">{{ words }}</button></div>`;
const TERMS = `<div class="ticket-line"><div class="ticket-sides"><button v-for="s in ['buy', 'sell']" :key="s" type="button" :class="[s, { here: f.side === s }]" :aria-pressed="f.side === s" :disabled="locked"
  :data-testid="'ticket-side-' + s" :title="s === 'buy' ? 'Buy (B)' : 'Sell (S)'" @click="put('side', s)">{{ s === "buy" ? "Buy" : "Sell" }}</button></div>${segments("product", "Product")}</div>
  <div class="ticket-line">${segments("type", "Type")}${segments("validity", "Validity")}<label class="ticket-amo" title="After market order: it waits for the next session"><input type="checkbox" :checked="f.amo" :disabled="locked" data-testid="ticket-amo"
  @change="put('amo', $event.target.checked)"> AMO</label></div>${problems("type")}`;
const SIZES = `<div class="ticket-fields"><label v-if="v.head.contract"><span>Lots</span>${stepper("lots", "quantity", "Lots")}</label>
  <label><span>Quantity</span><Field :value="f.units" :bad="!!v.reasons.quantity" label="Quantity" :off="locked" data-testid="ticket-units" @put="put('units', $event)"></Field></label>${problems("quantity")}
  <label v-if="f.has_trigger"><span>Trigger</span>${stepper("trigger", "trigger", "Trigger")}</label>${problems("trigger")}
  <label v-if="f.has_price"><span>Price</span>${stepper("price", "price", "Price")}</label>
  <label v-else><span>Protection</span><select :value="f.protection" :disabled="locked" aria-label="Market protection" data-testid="ticket-protection" @change="put('protection', Number($event.target.value))"><option v-for="[value, words] in v.choices.protection" :value="value">{{ words }}</option></select></label>
  ${problems("price")}${problems("protection")}
  <div class="ticket-chips"><button v-for="[name, words] in chips" :key="name" type="button" :disabled="locked || v.live.raw[name] === null" :class="{ stale: v.live.old }" :data-testid="'ticket-take-' + name" @click="put('take', String(v.live.raw[name]))"><small>{{ words }}</small><span class="num">{{ v.live[name] }}</span></button></div>
  <label v-if="v.head.contract"><span>Disclosed</span><Field :value="f.disclosed" :bad="!!v.reasons.disclosed" label="Disclosed lots, 0 for all" :off="locked" data-testid="ticket-disclosed" @put="put('disclosed', $event)"></Field></label>${problems("disclosed")}
  <p class="ticket-words" data-testid="ticket-protection-words">{{ v.protection }}</p></div>`;
const DEPTH = `<div class="ticket-depth"><table class="ladder" :class="{ stale: v.live.old }" data-testid="ticket-depth"><thead><tr><th>Qty</th><th>Bid</th><th>Ask</th><th>Qty</th></tr></thead><tbody>
  <tr v-for="(level, i) in ladder" :key="i"><td class="d-bid-qty"><i class="bar call bid" :style="size(level[0])"></i>{{ number("quantity", level[0]) }}</td>
  <td class="d-bid" :data-testid="'ticket-bid-' + (i + 1)" @click="takes(level[1])">{{ number("price", level[1]) }}</td><td class="d-ask" :data-testid="'ticket-ask-' + (i + 1)" @click="takes(level[2])">{{ number("price", level[2]) }}</td>
  <td class="d-ask-qty"><i class="bar put ask" :style="size(level[3])"></i>{{ number("quantity", level[3]) }}</td></tr></tbody></table>
  <p v-if="!v.depth.length" class="ticket-words">No depth has come yet.</p><p v-else class="ticket-words">A click on a price takes it.</p></div>`;
const NUMBERS = `<dl class="ticket-numbers"><div v-for="[name, label, text, tip, tone] in v.rows" :key="name" :title="tip" :class="'n-' + name"><dt>{{ label }}</dt><dd class="num" :class="tone" :data-testid="'ticket-' + name">{{ text }}</dd></div></dl>
  <details class="ticket-fold" data-testid="ticket-sizing"><summary>How much the risk allows</summary><div class="ticket-sizer">
    <label><span>Risk %</span><Field :value="v.size.percent" label="Risk, percent" :off="locked" data-testid="ticket-percent" @put="put('percent', $event)"></Field></label>
    <label><span>of ₹</span><Field :value="v.size.capital || v.size.available" label="Capital" :off="locked" data-testid="ticket-capital" @put="put('capital', $event)"></Field></label>
    <label><span>Stop at</span><Field :value="v.size.stop" label="Stop price" :off="locked" data-testid="ticket-stop" @put="put('stop', $event)"></Field></label>
    <button type="button" class="button" :disabled="locked || !v.size.lots" data-testid="ticket-use-size" @click="put('use-size', 0)">Use</button></div><p class="ticket-words" data-testid="ticket-size">{{ v.size.words }}</p></details>
  <details class="ticket-fold" data-testid="ticket-spelt"><summary>Exactly what will be sent</summary><table class="ticket-spelt"><tr v-for="[name, value] in v.spelt" :key="name"><th>{{ name }}</th><td class="num">{{ value }}</td></tr></table>
    <p v-if="!v.spelt.length" class="ticket-words">Nothing, as it stands.</p></details>`;
const FOOT = `<footer><p v-for="text in v.warnings" class="ticket-warning" data-testid="ticket-warning">{{ text }}</p>
  <template v-if="v.phase === 'ready'"><p v-for="text in v.reasons.form" class="ticket-problem" data-testid="ticket-problem-form">{{ text }}</p></template>
  <div v-if="v.sent" class="ticket-sent" :class="v.sent.tone" role="status" data-testid="ticket-sent" :data-status="v.sent.status"><span>{{ v.sent.text }}</span>
    <button v-if="v.sent.cancel" type="button" class="button" data-testid="ticket-cancel" @click="$emit('cancel')">Cancel the order</button></div>
  <div class="ticket-confirm"><button type="button" ref="confirm" class="confirm" :class="v.send.side" :disabled="!armed" data-testid="ticket-send" @click="confirm"><span>{{ v.send.words }}</span><kbd v-if="armed">Enter</kbd></button>
    <button v-if="v.phase === 'answered' && (!v.sent || v.sent.again !== false)" type="button" class="button" data-testid="ticket-again" @click="put('again', 0)">Another</button></div></footer>`;

export default {
  components: { Field },
  template: `<div class="ticket-layer"><section v-if="v.open" :key="v.opened" ref="root" class="ticket" :class="[f.side, v.phase]" role="dialog" aria-label="Order ticket" data-testid="ticket" :data-phase="v.phase" @keydown="key">
    ${HEAD}<div class="ticket-body">${DOORS}${TERMS}<div class="ticket-middle">${SIZES}${DEPTH}</div>${NUMBERS}</div>${FOOT}</section>
    <div class="ticket-toasts"><div v-for="t in v.toasts" :key="t.id" class="ticket-toast" role="status" :data-testid="'quick-' + t.id"><div><b>{{ t.words }}</b><span :class="t.tone">{{ t.text }}</span></div>
      <button v-if="t.undo" type="button" class="button" data-testid="quick-undo" @click="$emit('undo', t.id)">Undo</button></div></div></div>`,
  emits: ["edit", "send", "cancel", "shut", "undo", "door"],
  data: () => ({ v: { open: false, toasts: [] }, asked: 0, waiting: "", wanted: false }),
  computed: {
    f() {
      return this.v.form;
    },
    locked() {
      return this.v.phase === "sending" || this.waiting === this.v.click || !!this.v.sent?.unsure;
    },
    armed() {
      return this.v.send.able && !this.locked && this.asked <= this.v.edit;
    },
    ladder() {
      return this.v.depth.length ? this.v.depth : [];
    },
    most() {
      return Math.max(1, ...this.v.depth.flatMap((level) => [level[0] || 0, level[3] || 0]));
    },
    chips: () => [["bid", "Bid"], ["mid", "Mid"], ["ask", "Ask"], ["ltp", "LTP"]],
  },
  mounted() {
    document.addEventListener("keydown", this.leave);
  },
  unmounted() {
    document.removeEventListener("keydown", this.leave);
  },
  methods: {
    // Esc closes it wherever the focus is, but for what is open above it
    leave(event) {
      if (event.key === "Escape" && this.v.open && !event.defaultPrevented && !event.target.closest?.(".q-dialog, .q-menu, .palette, input, select")) this.$emit("shut");
    },
    // from the server
    patch(changes) {
      if (changes.click || changes.answers) this.waiting = "";
      if ("edit" in changes && changes.edit > this.asked) this.asked = changes.edit;
      this.v = { ...this.v, ...changes };
      if (this.wanted && this.v.open && this.asked <= this.v.edit) this.$nextTick(this.confirm);
    },
    ready() {
      if (window.innerWidth > NARROW) this.$nextTick(() => (this.$refs.root?.querySelector("[data-testid=ticket-price]") ?? this.$refs.confirm)?.focus());
    },
    // from the user
    put(name, value) {
      this.wanted = false;
      this.$emit("edit", [name, value, ++this.asked]);
    },
    takes(price) {
      if (price > 0 && !this.locked) this.put("take", String(price));
    },
    confirm() {
      this.wanted = this.v.open && this.asked > this.v.edit; // what was typed last is on its way: after its answer
      if (!this.v.open || !this.armed) return;
      this.waiting = this.v.click;
      this.$emit("send", this.v.click);
    },
    key(event) {
      const at = event.target, field = at.matches("input:not([type=checkbox]), select");
      if (event.key === "Escape") this.$emit("shut");
      else if (event.key === "Enter" && !at.matches("button, summary")) this.confirm();
      else if (!field && free(event) && "bBsS".includes(event.key)) this.put("side", event.key.toLowerCase() === "b" ? "buy" : "sell");
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    // how it is written
    slug: (value) => value.replaceAll(" ", "-"),
    number: (format, x) => (x > 0 ? FORMATS[format](x) : DASH),
    size(x) {
      return { backgroundSize: `${Math.round((100 * (x || 0)) / this.most)}% 100%` };
    },
  },
};
