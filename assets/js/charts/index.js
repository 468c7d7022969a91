// What the chart component is made of, one file each.
export { option, tokens, top } from "./theme.js";
export { Table } from "./table.js";
export { headroom, marksSeries, place } from "./marks.js";
export { picture } from "./picture.js";
