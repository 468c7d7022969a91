// What the chart component is made of, one file each.
export { option, tokens } from "./theme.js";
export { Table } from "./table.js";
export { marksSeries } from "./marks.js";
export { picture } from "./picture.js";
