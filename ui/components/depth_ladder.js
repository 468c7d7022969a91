// Market depth: bids and offers, best first, with their sizes as bars.
import { FORMATS, DASH } from "desk-formats";

export default {
  template: `<table class="ladder" data-testid="depth"><thead><tr><th>Qty</th><th>Bid</th><th>Ask</th><th>Qty</th></tr></thead>
    <tbody ref="body"></tbody></table>`,
  props: { levels: Array, count: Number },
  mounted() {
    this.lines = Array.from({ length: this.count }, (_, i) => {
      const tr = this.$refs.body.appendChild(document.createElement("tr"));
      return ["bid-qty", "bid", "ask", "ask-qty"].map((name) => {
        const td = tr.appendChild(document.createElement("td"));
        td.className = `d-${name}`;
        td.dataset.testid = `depth-${i + 1}-${name}`;
        const bar = name.endsWith("qty") ? td.appendChild(document.createElement("i")) : null;
        if (bar) bar.className = name === "bid-qty" ? "bar call bid" : "bar put ask";
        return { td, bar, text: td.appendChild(document.createTextNode("")) };
      });
    });
    this.show(this.levels);
  },
  methods: {
    show(levels) {
      const most = Math.max(1, ...levels.flatMap((l) => [l[0] ?? 0, l[3] ?? 0]));
      this.lines.forEach((line, i) =>
        line.forEach((cell, c) => {
          const x = levels[i]?.[c] ?? null, price = c === 1 || c === 2;
          cell.text.data = x === null ? DASH : price ? FORMATS.price(x) : FORMATS.quantity(x);
          if (x === null) delete cell.td.dataset.v;
          else cell.td.dataset.v = x;
          if (cell.bar) cell.bar.style.backgroundSize = `${Math.round((100 * (x ?? 0)) / most)}% 100%`;
        }),
      );
    },
  },
};
