// Numbers by strike, shaded by size: built once per shape, patched by flat index.
import { FORMATS, DASH } from "desk-formats";

const STEPS = 12, DIGITS = 4, GROWN = 1.3, TINY = 1e-3;
const RAISED = { 3: "·10⁻³", 6: "·10⁻⁶", 9: "·10⁻⁹", 12: "·10⁻¹²" };

export default {
  template: `<div class="heat-scroll" ref="scroll" tabindex="0"><table class="heat" ref="table"></table></div>`,
  props: { name: String },
  emits: ["ready", "pick", "strike"],
  mounted() {
    this.cells = [];
    this.atm = -1;
    this.$emit("ready");
  },
  methods: {
    build(strikes, groups) {
      this.strikes = strikes;
      this.columns = groups.flatMap((group) => group.columns);
      this.v = new Float64Array(strikes.length * this.columns.length).fill(NaN);
      this.largest = this.columns.map(() => 0);
      this.digits = this.columns.map(() => 2);
      this.powers = this.columns.map(() => 0); // tiny numbers are written as so many 10⁻ⁿ
      this.titles = [];
      const table = this.$refs.table;
      table.textContent = "";
      table.append(this.head(groups));
      const body = table.appendChild(document.createElement("tbody"));
      this.cells = [];
      this.rows = strikes.map((strike) => this.row(body, strike, groups));
      this.atm = -1;
    },
    head(groups) {
      const head = document.createElement("thead");
      const [titles, names] = ["sides", "titles"].map((name) => Object.assign(head.appendChild(document.createElement("tr")), { className: name }));
      let at = 0;
      for (const group of groups) {
        const th = titles.appendChild(document.createElement("th"));
        const strike = group.title === "strike";
        th.colSpan = Math.max(1, group.columns.length);
        th.textContent = strike ? "" : group.title;
        th.className = strike ? "k" : `group side-${group.side || "both"}`;
        if (strike) Object.assign(names.appendChild(document.createElement("th")), { textContent: "Strike", className: "k" });
        group.columns.forEach((column, n) => {
          const name = names.appendChild(document.createElement("th")), index = at++;
          name.textContent = column.title;
          this.titles.push(name);
          name.title = column.tip;
          name.className = `pick side-${group.side || "both"}${n ? "" : " first"}`;
          name.dataset.testid = `${this.name}-pick-${column.side ? column.side + "-" : ""}${column.name}`;
          name.addEventListener("click", () => this.$emit("pick", index));
        });
      }
      return head;
    },
    row(body, strike, groups) {
      const tr = body.appendChild(document.createElement("tr")), text = String(Math.round(strike * 100) / 100);
      tr.addEventListener("click", (event) => this.$emit("strike", [strike, event.target.closest("[class*=side-]")?.className.match(/side-([CP]E)/)?.[1] ?? ""]));
      for (const group of groups) {
        if (group.title === "strike") {
          const k = tr.appendChild(document.createElement("td"));
          k.className = "k";
          k.textContent = FORMATS.strike(strike);
        }
        group.columns.forEach((column, n) => {
          const td = tr.appendChild(document.createElement("td"));
          td.className = `side-${group.side || "both"}${n ? "" : " first"}`;
          td.dataset.testid = `${this.name}-${text}-${column.side ? column.side + "-" : ""}${column.name}`;
          td.textContent = DASH;
          td.title = column.missing;
          this.cells.push(td);
        });
      }
      return tr;
    },
    patch(index, value, atm, spot) {
      if (!this.columns) return; // said before we were there; being ready brings all of it
      const n = this.columns.length, touched = new Set();
      index.forEach((i, j) => {
        this.v[i] = value[j] === null ? NaN : value[j];
        touched.add(i % n);
      });
      const again = new Set([...touched].filter((c) => this.scale(c)));
      for (let i = 0; i < this.v.length; i++) if (again.has(i % n)) this.paint(i);
      for (const i of index) if (!again.has(i % n)) this.paint(i);
      this.money(atm, spot);
    },
    // true if the whole column has to be drawn anew: its largest value is of another size
    scale(column) {
      const n = this.columns.length;
      let largest = 0;
      for (let i = column; i < this.v.length; i += n) if (Math.abs(this.v[i]) > largest) largest = Math.abs(this.v[i]);
      const power = largest > 0 && largest < TINY && this.columns[column].format === "auto" ? Math.min(12, 3 * Math.ceil(-Math.log10(largest) / 3)) : 0;
      const size = largest * 10 ** power, digits = size > 0 ? Math.max(0, Math.min(9, DIGITS - 1 - Math.floor(Math.log10(size)))) : 2;
      const grown = largest > this.largest[column] || largest * GROWN < this.largest[column];
      if (!grown && digits === this.digits[column] && power === this.powers[column]) return false;
      this.titles[column].textContent = this.columns[column].title + (power ? ` ${RAISED[power]}` : "");
      this.largest[column] = largest;
      this.digits[column] = digits;
      this.powers[column] = power;
      return true;
    },
    paint(i) {
      const td = this.cells[i], c = i % this.columns.length, column = this.columns[c], x = this.v[i], known = x === x;
      const shown = !known ? DASH : column.format === "auto" ? FORMATS.digits(x * 10 ** this.powers[c], this.digits[c]) : FORMATS[column.format](x);
      if (td.textContent !== shown) td.textContent = shown;
      if (known) td.dataset.v = x;
      else delete td.dataset.v;
      td.title = known ? column.tip : column.missing;
      const step = known && column.heat && this.largest[c] ? Math.round((STEPS * Math.abs(x)) / this.largest[c]) : 0;
      const shade = step ? `color-mix(in srgb, var(${x < 0 ? "--heat-minus" : "--heat-plus"}) ${Math.min(STEPS, step) * 3}%, transparent)` : "";
      if (td.shade !== shade) td.style.backgroundColor = td.shade = shade;
    },
    money(atm, spot) {
      const first = this.atm < 0 && atm >= 0;
      this.atm = atm;
      this.rows.forEach((tr, row) => {
        tr.classList.toggle("atm", row === atm);
        tr.classList.toggle("below", this.strikes[row] < spot);
      });
      if (!first) return;
      const box = this.$refs.scroll, high = this.rows[0].offsetHeight, head = this.$refs.table.tHead.offsetHeight;
      box.scrollTop = Math.round((atm * high - (box.clientHeight - head - high) / 2) / high) * high;
    },
  },
};
