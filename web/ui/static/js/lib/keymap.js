// Which key does what on the desk. Letters alone are single-key shortcuts, which can be switched off; what needs Ctrl or
// Alt always works.

/** @type {Record<string, string>} */
const SINGLE = {
  a: "approve", r: "reject", h: "hold", e: "edit", m: "merge", s: "screen", l: "next-up", n: "note", z: "undo", j: "next", k: "previous", x: "choose", "/": "search", "?": "keys",
};

/** @type {Record<string, string>} */
const GO = { p: "pending", h: "held", a: "approved", r: "rejected", s: "stories", d: "answered" };

/** What may be held down. */
const REPEATS = new Set(["next", "previous", "up", "down"]);

/**
 * A keymap follows the presses of one page. press returns the command, or "" where the key is not ours.
 * @param {() => number} [now] the time in ms
 */
export function keymap(now = Date.now) {
  let go = -Infinity;
  return {
    /** @param {{key: string, altKey?: boolean, ctrlKey?: boolean, metaKey?: boolean, shiftKey?: boolean, repeat?: boolean}} e @param {{field: boolean, dialog: boolean, single: boolean}} where */
    press(e, { field, dialog, single }) {
      if (dialog) return "";
      if (e.altKey && !e.ctrlKey && !e.metaKey) return e.key === "ArrowUp" ? "up" : e.key === "ArrowDown" ? "down" : "";
      if (field || !single || e.ctrlKey || e.metaKey || e.altKey) return "";
      const k = e.key.toLowerCase(), after = now() - go < 1500;
      go = k === "g" && !e.repeat ? now() : -Infinity;
      const command = (after && GO[k]) || (k === "x" && e.shiftKey ? "choose-range" : SINGLE[k]) || "";
      return e.repeat && !REPEATS.has(command) ? "" : command;
    },
  };
}
