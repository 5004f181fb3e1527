// The live stream, and what the desk says about it.
import { Problem } from "../lib/api.js";
import { flagged, lists } from "../lib/desk.js";
import { $, field, put } from "../lib/dom.js";
import { apply, live } from "../lib/live.js";
import { fault, send } from "./actions.js";
import { draw, later, page, parts, pressed, s } from "./state.js";

const { api, outbox, time } = page;

parts.push(function drawConnection() {
  $("[data-offline]").hidden = !s.offline;
  const n = outbox.list.length;
  put($('[data-f="saved"]'), n ? `Carry on: ${n} decision${n > 1 ? "s are" : " is"} saved on this tablet and will be sent when the connection is back.` : "Carry on: what you decide is saved on this tablet and will be sent when the connection is back.");
  put($('[data-f="upto"]'), `Showing questions up to ${time(s.lost)}.`);
});

let told = 0, heard = 0;

/** Tell those who do not see the list: what came, at most every 15 s. */
function tell() {
  const pending = s.lists.pending, fresh = pending.length;
  if (Date.now() - told < 15000 || fresh <= heard) { heard = Math.min(heard, fresh); return; }
  told = Date.now();
  const second = pending.filter(flagged).length;
  put($("[data-say]"), `${fresh - heard} new, ${fresh} waiting${second ? `, ${second} flagged` : ""}`);
  heard = fresh;
}

parts.push(tell);

/** Opens the stream. */
export function connect() {
  /** @type {any} */ let wait;
  const stream = live({
    path: api + "/live?view=moderation",
    message: m => {
      s.board = apply(s.board, m);
      if (m.type === "snapshot" && !s.started) { s.started = true; heard = lists(s.board).pending.length; }
      later();
    },
    state: async (c, at) => {
      s.conn = c;
      const state = $("[data-conn]");
      clearTimeout(wait);
      state.dataset.conn = c;
      put(field(state, "state"), c === "live" ? "Live" : c === "offline" ? "Offline" : c === "refused" ? "Signed out" : "Reconnecting, last update " + time(at));
      if (c === "live") {
        await send();
        s.offline = false;
      } else {
        s.lost = at;
        if (c === "refused") fault(new Problem(401, "", null), { id: "", text: "" });
        const down = () => { if (s.conn !== "live") { s.offline = true; state.dataset.conn = "offline"; put(field(state, "state"), "Offline"); draw(); } };
        if (c === "offline") down(); else wait = setTimeout(down, 8000);
      }
      draw();
    },
  });
  pressed("[data-retry]", () => { stream.retry(); send(); });
}
