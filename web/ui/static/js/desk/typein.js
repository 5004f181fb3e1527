// What somebody says in the room, typed in.
import { call, newKey, Problem } from "../lib/api.js";
import { $, field, put } from "../lib/dom.js";
import { commands, page } from "./state.js";
import { say } from "./toast.js";

const dialog = /** @type {HTMLDialogElement} */ ($("#type-in")), form = /** @type {HTMLFormElement} */ ($("[data-type-in]"));
const text = /** @type {HTMLTextAreaElement} */ ($("#ti-text")), name = /** @type {HTMLInputElement} */ ($("#ti-name")), fault = $("[data-type-in-fault]");
let key = "";

commands["type-in"] = () => {
  fault.hidden = true;
  // One key for one question: pressed twice, it is sent once.
  key ||= newKey();
  dialog.showModal();
  text.focus();
};
commands["type-in-not"] = () => dialog.close();

form.addEventListener("submit", async e => {
  e.preventDefault();
  const kind = String(new FormData(form).get("kind"));
  try {
    await call("POST", `${page.api}/submissions`, { text: text.value, name: name.value, kind, source: "desk" }, undefined, key);
    form.reset();
    key = "";
    dialog.close();
    say(kind === "story" ? "The story is in Pending" : "The question is in Pending", null);
  } catch (p) {
    put(field(form, "type-in-fault"), /** @type {Problem} */ (p).message);
    fault.hidden = false;
    text.focus();
  }
});
