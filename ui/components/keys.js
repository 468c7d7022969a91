// Keys of a page: tells only those that are listened to, and none while somebody types.
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
      const busy = event.target.closest?.("input, textarea, select, button, .q-menu, .q-dialog, .palette, [role=listbox], [role=slider]");
      const typing = busy && !(busy.tagName === "BUTTON" && event.key !== " ");
      if (event.defaultPrevented || typing || event.ctrlKey || event.metaKey || event.altKey || !this.keys.includes(event.key)) return;
      event.preventDefault();
      this.$emit("key", event.key);
    },
  },
};
