// A live option chain: flat index -> cell, patched once per frame, only rows in view are painted.
import { FORMATS, DASH } from "desk-formats";
import { Flashes } from "desk-flash";

const STRIKE_WIDTH = 60, NARROW = 760, MARGIN = 3, FLASH_FROM = 0.004, FLASH_RUPEES = 0.2, ACK_EVERY = 150, LONG = 8, TRADE_WIDTH = 52;
const FRESH = ["live", "stale", "unknown", "refused", "absent"];
const SIDES = ["CE", "PE"];

export default {
  template: `<div class="chain-frame"><div class="chain-scroll" ref="scroll" tabindex="0" data-testid="chain-grid"><table class="chain" ref="table"></table>
    <div class="row-trade" ref="trade" v-show="offered" data-testid="row-trade"><button v-for="[word, buy] in [['B', true], ['S', false]]" :key="word" type="button" tabindex="-1" :class="buy ? 'buy' : 'sell'"
      :title="buy ? 'Buy: opens the order ticket (B)' : 'Sell: opens the order ticket (S)'" :data-testid="buy ? 'row-buy' : 'row-sell'" @click="deal(offered, buy)">{{ word }}</button></div></div>
    <input class="strike-search" ref="search" v-show="searching" placeholder="Strike, then Enter" inputmode="decimal" data-testid="strike-search"
      @keydown.enter="found" @keydown.esc="searching = false" @blur="searching = false"></div>`,
  data() {
    return { searching: false, offered: null };
  },
  props: { strikes: Array, fields: Array, order: Array, narrowOrder: Array, reasons: Object, words: Object, picked: Array, goal: Number, building: Boolean, trades: Boolean },
  emits: ["view", "pick", "turn", "trade", "deal"],
  mounted() {
    const size = this.strikes.length * 2 * this.fields.length;
    this.v = new Float64Array(size).fill(NaN);
    this.painted = new Float64Array(size).fill(NaN);
    this.moved = new Float64Array(this.strikes.length * 2).fill(NaN); // when a contract last changed here
    this.dirty = new Set();
    this.flashes = new Flashes();
    this.scales = {};
    this.seq = 0;
    this.raf = 0;
    this.atm = -1;
    this.spot = NaN;
    this.at = { row: this.picked[0], side: this.picked[1] };
    this.place = Object.fromEntries(this.fields.map((f, i) => [f.name, i]));
    this.build();
    const look = () => this.look();
    this.$refs.scroll.addEventListener("scroll", look, { passive: true });
    this.$refs.scroll.addEventListener("mouseleave", () => (this.offered = null));
    this.sizes = new ResizeObserver(() => {
      if (window.innerWidth < NARROW !== this.narrow) this.build();
      this.look();
    });
    this.sizes.observe(this.$refs.scroll);
    document.addEventListener("visibilitychange", (this.seen = look));
    document.addEventListener("keydown", this.key);
  },
  unmounted() {
    this.sizes.disconnect();
    cancelAnimationFrame(this.raf);
    clearTimeout(this.acking);
    this.flashes.stop();
    document.removeEventListener("visibilitychange", this.seen);
    document.removeEventListener("keydown", this.key);
  },
  methods: {
    build() {
      this.narrow = window.innerWidth < NARROW;
      const [calls, puts] = this.narrow ? this.narrowOrder : this.order;
      const shown = [calls, puts].map((names) => names.map((n) => this.place[n]));
      const table = this.$refs.table;
      table.textContent = "";
      table.classList.toggle("narrow", this.narrow);
      table.classList.toggle("building", this.trading ?? this.building);
      table.append(this.columns(shown), this.head(shown));
      const body = table.appendChild(document.createElement("tbody"));
      this.cells = new Array(this.v.length);
      this.rows = this.strikes.map((strike, row) => this.row(body, strike, row, shown));
      body.addEventListener("click", (event) => this.clicked(event));
      body.addEventListener("mousedown", (event) => event.shiftKey && event.preventDefault()); // no text is marked
      body.addEventListener("mouseover", (event) => (this.tellAge(event.target.closest("td")), this.offer(event.target.closest("td"))));
      for (let i = 0; i < this.cells.length; i++) if (this.cells[i]) this.dirty.add(i);
      this.paintMoney();
      if (this.at.row >= 0) this.select(this.at.row, this.at.side);
      this.kick();
    },
    columns(shown) {
      const group = document.createElement("colgroup");
      const add = (width) => (group.appendChild(document.createElement("col")).style.width = `${width}px`);
      const widths = shown.map((side) => side.map((f) => this.fields[f].width));
      widths[0].forEach(add);
      add(STRIKE_WIDTH);
      widths[1].forEach(add);
      const total = widths.flat().reduce((a, b) => a + b, STRIKE_WIDTH);
      this.$refs.table.style.minWidth = this.narrow ? "0" : `${total}px`;
      return group;
    },
    head(shown) {
      const head = document.createElement("thead");
      const line = (name) => Object.assign(head.appendChild(document.createElement("tr")), { className: name });
      const cell = (row, text, tip = "", span = 1, name = "") =>
        Object.assign(row.appendChild(document.createElement("th")), { textContent: text, title: tip, colSpan: span, className: name });
      const sides = line("sides"), titles = line("titles");
      cell(sides, "CALLS", "", shown[0].length, "calls");
      cell(sides, "", "", 1, "k");
      cell(sides, "PUTS", "", shown[1].length, "puts");
      const title = (f) => cell(titles, this.fields[f].title, this.fields[f].tip);
      shown[0].forEach(title);
      cell(titles, "Strike", "", 1, "k");
      shown[1].forEach(title);
      return head;
    },
    row(body, strike, row, shown) {
      const tr = body.appendChild(document.createElement("tr"));
      tr.dataset.row = row;
      const text = String(Math.round(strike * 100) / 100);
      const side = (which) => {
        for (const f of shown[which]) {
          const field = this.fields[f], td = tr.appendChild(document.createElement("td"));
          td.className = `${which ? "put" : "call"} c-${field.name}`;
          td.dataset.testid = `chain-${text}-${SIDES[which]}-${field.name}`;
          td.side = which;
          const bar = field.bar ? td.appendChild(document.createElement("i")) : null;
          if (bar) bar.className = which ? "bar put" : "bar call";
          this.cells[(row * 2 + which) * this.fields.length + f] = { td, bar, text: td.appendChild(document.createTextNode("")) };
        }
      };
      side(0);
      const k = tr.appendChild(document.createElement("td"));
      k.className = "k";
      k.textContent = FORMATS.quantity(strike) + (strike % 1 ? text.slice(text.indexOf(".")) : "");
      k.dataset.testid = `strike-${text}`;
      side(1);
      return tr;
    },

    // from the server
    patch(index, value, seq, scales) {
      const now = Date.now();
      for (let j = 0; j < index.length; j++) {
        const i = index[j];
        this.v[i] = value[j] === null ? NaN : value[j];
        this.moved[(i / this.fields.length) | 0] = now;
        this.dirty.add(i);
        if (!this.cells[i]) this.widen(i);
      }
      for (const name in scales)
        if (scales[name] !== this.scales[name]) {
          this.scales[name] = scales[name];
          for (let side = 0; side < this.strikes.length * 2; side++) this.dirty.add(side * this.fields.length + this.place[name]);
        }
      this.seq = seq;
      this.kick();
      if (!this.acking) this.acking = setTimeout(() => ((this.acking = 0), this.tell()), ACK_EVERY);
    },
    // a code of a side (freshness, liquidity, status) has no cell of its own: the side is painted again
    widen(i) {
      const start = i - (i % this.fields.length);
      for (let f = 0; f < this.fields.length; f++) if (this.cells[start + f]) this.dirty.add(start + f);
    },
    money(atm, spot, centre) {
      const first = this.atm < 0 && atm >= 0;
      this.atm = atm;
      this.spot = spot;
      this.paintMoney();
      if (first && this.goal >= 0) this.toRow(this.goal, true);
      else if (first || centre) this.centre();
    },
    centre() {
      this.toRow(this.atm, true);
    },
    select(row, side) {
      this.rows[this.at.row]?.classList.remove("picked", "picked-0", "picked-1");
      this.at = { row, side };
      this.rows[row]?.classList.add("picked", `picked-${side}`);
    },
    toStrike(strike) {
      let best = 0;
      this.strikes.forEach((k, i) => Math.abs(k - strike) < Math.abs(this.strikes[best] - strike) && (best = i));
      this.pick(best, this.at.side);
      this.toRow(best, true);
    },

    // painting
    kick() {
      if (!this.raf) this.raf = requestAnimationFrame(() => this.paint());
    },
    paint() {
      this.raf = 0;
      this.flashes.fade();
      const width = 2 * this.fields.length, [first, last] = this.span();
      for (const i of this.dirty) {
        const row = (i / width) | 0;
        if (row < first || row > last) continue;
        this.dirty.delete(i);
        if (this.cells[i]) this.paintCell(i);
      }
    },
    paintCell(i) {
      const { td, text, bar } = this.cells[i], f = i % this.fields.length, field = this.fields[f], x = this.v[i];
      const start = i - f, code = (name) => this.v[start + this.place[name]];
      const known = x === x, fresh = FRESH[code("fresh")] ?? "unknown";
      const shown = !known ? DASH : field.tags.length ? field.tags[x] : FORMATS[field.format](x);
      if (text.data !== shown) {
        text.data = shown;
        td.classList.toggle("long", shown.length > LONG);
      }
      if (known) td.dataset.v = x;
      else delete td.dataset.v;
      if (td.dataset.fresh !== fresh) td.dataset.fresh = fresh;
      const said = known ? this.note(field, x, code, fresh) : this.reason(field, code, fresh);
      if (td.said !== said) td.title = td.said = said;
      if (field.signed) this.tone(td, known ? Math.sign(x) : 0);
      if (field.tags.length) td.dataset.tag = known ? x : 0;
      if (field.quote) td.dataset.liquidity = code("liquidity") || 0;
      if (bar) this.stretch(bar, known ? Math.min(1, Math.abs(x) / (this.scales[field.name] || Infinity)) : 0);
      if (field.flash) this.flash(td, this.painted[i], x);
      this.painted[i] = x;
    },
    // no transform, and no clipped cells: each would be a layer's chunk, and the browser sorts those anew in every frame
    stretch(bar, share) {
      const size = `${Math.round(share * 100)}% 100%`;
      if (bar.size !== size) bar.style.backgroundSize = bar.size = size;
    },
    tone(td, sign) {
      td.classList.toggle("up", sign > 0);
      td.classList.toggle("down", sign < 0);
    },
    flash(td, old, now) {
      if (Math.abs(now - old) > Math.max(FLASH_RUPEES, FLASH_FROM * old)) this.flashes.start(td, now > old);
    },
    tellAge(td) {
      if (td?.side === undefined) return;
      const seconds = (Date.now() - this.moved[Number(td.parentNode.dataset.row) * 2 + td.side]) / 1000;
      const age = seconds < 90 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
      if (seconds >= 0) td.title = `${td.said}\nLast change of this contract: ${age} ago`;
    },
    note(field, x, code, fresh) {
      if (fresh === "stale" || fresh === "refused") return this.reasons[fresh];
      if (field.tips[x]) return field.tips[x];
      const flag = field.quote && this.words.liquidity[code("liquidity")];
      return flag ? `${field.tip} · ${flag.toLowerCase()}` : field.tip;
    },
    reason(field, code, fresh) {
      if (fresh === "absent" || fresh === "unknown") return this.reasons[fresh];
      return field.solved ? this.words.status[code("status")] || this.reasons.solved : this.reasons[field.name];
    },
    paintMoney() {
      this.rows?.forEach((tr, row) => {
        tr.classList.toggle("atm", row === this.atm);
        tr.classList.toggle("itm-call", this.strikes[row] < this.spot);
        tr.classList.toggle("itm-put", this.strikes[row] > this.spot);
      });
    },

    // what is in view
    measures() {
      const box = this.$refs.scroll, head = this.$refs.table.tHead?.offsetHeight ?? 0;
      return { box, head, high: this.rows[0]?.offsetHeight || 20 };
    },
    span() {
      const { box, head, high } = this.measures();
      const first = Math.floor(box.scrollTop / high) - MARGIN;
      return [Math.max(0, first), Math.min(this.strikes.length - 1, Math.ceil((box.scrollTop + box.clientHeight - head) / high) + MARGIN)];
    },
    look() {
      this.kick();
      this.tell();
    },
    tell() {
      const [first, last] = this.span(), shown = !document.hidden && this.$refs.scroll.clientHeight > 0;
      this.$emit("view", { first, last, shown, seq: this.seq, narrow: this.narrow });
    },
    toRow(row, centre) {
      if (row < 0) return;
      const { box, head, high } = this.measures(), room = box.clientHeight - head, top = row * high;
      if (centre) box.scrollTop = Math.round((top - (room - high) / 2) / high) * high; // no half row under the head
      else if (top < box.scrollTop) box.scrollTop = top;
      else if (top + high > box.scrollTop + room) box.scrollTop = top + high - room;
    },

    // the user
    clicked(event) {
      const td = event.target.closest("td"), tr = event.target.closest("tr");
      const quote = td?.matches(".c-bid, .c-ask") && (event.shiftKey || this.$refs.table.classList.contains("building"));
      if (quote) this.$emit("trade", { row: Number(tr.dataset.row), side: td.side, buy: td.matches(".c-ask") });
      if (tr) this.pick(Number(tr.dataset.row), td.side ?? this.at.side);
    },
    // clicks on quotes buy and sell in the builder, without Shift too
    build_with(on) {
      this.trading = on;
      this.$refs.table.classList.toggle("building", on);
    },
    // buttons beside the last price, on the side of the row that the pointer is on; never under the pointer itself
    offer(td) {
      const row = Number(td?.parentNode.dataset.row);
      if (!this.trades || this.narrow || td?.side === undefined) return;
      const near = this.rows[row].querySelector(`.${td.side ? "put" : "call"}.c-ltp`) ?? this.rows[row].querySelector(".k"), box = this.$refs.trade;
      const edge = near.offsetLeft + (td.side ? near.offsetWidth : 0), from = td.side ? edge : edge - TRADE_WIDTH;
      if (td.offsetLeft < from + TRADE_WIDTH && td.offsetLeft + td.offsetWidth > from) return (this.offered = null);
      if (this.offered?.row === row && this.offered.side === td.side) return;
      Object.assign(box.style, { top: `${this.$refs.table.offsetTop + near.offsetTop}px`, left: `${from}px`, width: `${TRADE_WIDTH}px`, height: `${near.offsetHeight}px` });
      this.offered = { row, side: td.side };
    },
    deal(at, buy) {
      if (!this.trades || !at || at.row < 0) return;
      this.select(at.row, at.side);
      this.$emit("deal", { row: at.row, side: at.side, buy });
    },
    pick(row, side) {
      this.select(row, side);
      this.$emit("pick", { row, side });
    },
    key(event) {
      const busy = event.target.closest?.("input, textarea, select, .q-menu, .q-dialog, .palette, .ticket, [role=listbox]");
      if (busy || event.ctrlKey || event.metaKey || event.altKey || !this.$refs.scroll.clientHeight) return;
      const moves = {
        ArrowUp: () => this.move(-1, this.at.side), ArrowDown: () => this.move(1, this.at.side),
        ArrowLeft: () => this.move(0, 0), ArrowRight: () => this.move(0, 1),
        "[": () => this.$emit("turn", "previous"), "]": () => this.$emit("turn", "next"),
        a: () => this.centre(), A: () => this.centre(), "/": () => this.search(),
        ...(this.trades && !event.shiftKey && Object.fromEntries([..."bBsS"].map((key) => [key, () => this.focused(event, "bB".includes(key))]))),
      };
      if (!moves[event.key]) return;
      event.preventDefault();
      moves[event.key]();
    },
    focused(event, buy) {
      if (!event.repeat) this.deal(this.at.row < 0 ? { row: this.atm, side: this.at.side } : this.at, buy);
    },
    search() {
      this.searching = true;
      this.$refs.search.value = "";
      this.$nextTick(() => this.$refs.search.focus());
    },
    found() {
      const strike = parseFloat(this.$refs.search.value.replaceAll(",", ""));
      this.searching = false;
      this.$refs.scroll.focus();
      if (strike > 0) this.toStrike(strike);
    },
    move(step, side) {
      const from = this.at.row < 0 ? this.atm : this.at.row;
      const row = Math.max(0, Math.min(this.strikes.length - 1, from + (this.at.row < 0 ? 0 : step)));
      this.pick(row, side);
      this.toRow(row, false);
    },
  },
};
