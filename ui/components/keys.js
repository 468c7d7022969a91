// Keys of a page: tells only those that are listened to, and none while somebody types.
import { free } from "desk-keys";

export default {
  template: `<span hidden></span>`,
  props: { keys: Array },
  emits: ["key"],
  mounted() {
    document.addEventListener("keydown", this.heard);
  },
  unmounted() {
    document.removeEventListener("keydown", this.heard);
  },
  methods: {
    heard(event) {
      const chord = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey, name = chord ? `ctrl+${event.key.toLowerCase()}` : event.key;
      if (!this.keys.includes(name) || !(chord ? !event.defaultPrevented : free(event))) return;
      event.preventDefault();
      this.$emit("key", name);
    },
  },
};
