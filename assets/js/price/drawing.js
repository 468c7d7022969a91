// Drawings as the component has them: the tools, what was chosen, and telling the server.
import { Pencil } from "./pencil.js";
import { INKS, KEYS } from "./toolbar.js";

export const drawing = {
  data: () => ({ tool: "", inking: false, ink: INKS[0], chosen: false, undoable: false }),
  emits: ["put", "gone"],
  created() {
    this.pencil = Vue.markRaw(
      new Pencil(this, {
        tool: (name) => (this.tool = name),
        put: (drawing) => this.$emit("put", { id: drawing.id, kind: drawing.kind, points: drawing.points, colour: drawing.colour, text: drawing.text }),
        gone: (id) => this.$emit("gone", id),
        chosen: (drawing) => {
          this.chosen = Boolean(drawing);
          this.undoable = this.pencil.undone.length > 0;
        },
        ask: (p, then) => this.ask(p, then),
      }),
    );
  },
  methods: {
    drawn(drawings) {
      this.settle();
      this.pencil.use(drawings);
      this.chosen = this.undoable = false;
    },
    draw(kind) {
      this.pencil.pick(kind);
      this.$el.focus({ preventScroll: true });
    },
    inkIn(colour) {
      this.ink = colour;
      this.inking = false;
      this.pencil.paintIn(colour);
    },
    undo() {
      this.pencil.undo();
    },
    erase() {
      this.pencil.remove();
    },
    hide() {
      this.pencil.hidden = !this.pencil.hidden;
      this.pencil.redraw();
    },
    drawingKeys() {
      if (!this.tools) return {};
      const focused = this.$el.matches(":focus-within"), keys = { Escape: () => this.pencil.stop() };
      if (this.chosen) keys.Delete = keys.Backspace = () => this.erase();
      if (focused) for (const key in KEYS) keys[key] = () => this.draw(KEYS[key]);
      if (focused && this.undoable) keys.z = () => this.undo();
      return keys;
    },
    // words for a drawing, typed where it stands
    ask(p, then) {
      const field = Object.assign(document.createElement("input"), { className: "price-words", maxLength: 80, placeholder: "Words, then Enter" });
      field.dataset.testid = `${this.name}-words`;
      Object.assign(field.style, { left: `${p.x}px`, top: `${p.y - 22}px` });
      let done = false;
      const end = (text) => {
        if (done) return;
        done = true;
        field.remove();
        then(text.trim());
      };
      field.addEventListener("keydown", (event) => {
        event.stopPropagation();
        if (event.key === "Enter") end(field.value);
        if (event.key === "Escape") end("");
      });
      field.addEventListener("blur", () => end(field.value));
      this.$refs.ask.append(field);
      setTimeout(() => field.focus());
    },
  },
};
