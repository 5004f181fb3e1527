// The attendee's form: characters left, a draft kept in the tab, sending without leaving the page.
import { $, clone, field, put, show } from "./dom.js";
import { characters } from "./size.js";

/**
 * ask helps with the form. Where anything is wrong the form posts by itself: the server's page says what, and keeps
 * the words. Returns true: it is at work.
 * @param {HTMLFormElement} form @param {string} api @param {(id: string, text: string, receipt: string) => void} sent
 */
export function ask(form, api, sent) {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL("../../css/form.css", import.meta.url).href;
  document.head.append(style);
  const text = /** @type {HTMLTextAreaElement} */ ($("#text", form)), max = Number(text.dataset.max), hint = $("#text-hint", form), key = "draft-" + api.split("/").pop();
  const keep = (/** @type {string} */ s) => { try { if (s) sessionStorage.setItem(key, s); else sessionStorage.removeItem(key); } catch { /* not kept */ } };
  const left = () => {
    const s = text.value.trim(), n = max - characters(s).length;
    put(hint, s ? `You have ${Math.abs(n)} character${Math.abs(n) === 1 ? "" : "s"} ${n < 0 ? "too many" : "left"}` : `You can write up to ${max} characters.`);
    keep(text.value);
  };
  try {
    // What has just been sent is no draft any more.
    if (document.querySelector(".sent")) keep(""); else text.value ||= sessionStorage.getItem(key) || "";
  } catch { /* not kept */ }
  left();
  form.addEventListener("input", left);
  form.addEventListener("change", () => put($('label[for="text"]'), form.kind?.value === "story" ? "Your story" : "Your question"));
  let busy = false;
  form.addEventListener("submit", async e => {
    e.preventDefault();
    if (busy) return;
    busy = true;
    const data = new FormData(form);
    try {
      const r = await fetch(api + "/submissions", {
        method: "POST", headers: { "Content-Type": "application/json", "Idempotency-Key": String(data.get("key")) },
        body: JSON.stringify({ text: text.value, name: data.has("anon") ? "" : data.get("name"), kind: data.get("kind"), consent: data.has("consent") }),
      });
      if (r.status !== 202) return form.submit();
      const { id, receipt } = await r.json(), panel = clone("t-sent"), link = /** @type {HTMLAnchorElement} */ (field(panel, "receipt"));
      link.href = receipt;
      put(link, receipt.replace(/^https?:\/\//, ""));
      $("[data-unsent]").hidden = true;
      $("[data-top]").replaceChildren(panel);
      show(panel);
      sent(id, text.value, receipt);
      text.value = "";
      form.key.value = Array.from(crypto.getRandomValues(new Uint8Array(16)), b => b.toString(16).padStart(2, "0")).join("");
      left();
    } catch {
      show($("[data-unsent]"));
    } finally {
      busy = false;
    }
  });
  return true;
}
