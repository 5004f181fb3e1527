// What one person has set on one device: kept in this browser, shown as data-… on the page.

/**
 * settings reads what was kept, applies it and follows the form in the dialog #settings. Theme goes on the root.
 * @param {string} page
 * @returns {Record<string, string>} as it is now; stays up to date
 */
export function settings(page) {
  const key = "openfloor-" + page;
  const form = /** @type {HTMLFormElement} */ (document.querySelector("#settings form"));
  /** @type {Record<string, string>} */ const set = {};
  /** @type {Record<string, string>} */ let kept = {};
  try { kept = JSON.parse(localStorage.getItem(key) || "{}"); } catch { /* a browser that keeps nothing */ }

  const apply = () => {
    for (const [name, value] of new FormData(form)) {
      set[name] = String(value);
      const on = name === "theme" ? document.documentElement : document.body;
      if (value === "auto") delete on.dataset[name]; else on.dataset[name] = String(value);
    }
  };
  for (const input of form.querySelectorAll("input")) {
    if (kept[input.name] === input.value) input.checked = true;
  }
  apply();
  form.addEventListener("change", () => {
    apply();
    try { localStorage.setItem(key, JSON.stringify(set)); } catch { /* as above */ }
  });
  for (const b of document.querySelectorAll("[data-open]")) {
    const button = /** @type {HTMLElement} */ (b);
    button.hidden = false;
    button.addEventListener("click", () => /** @type {HTMLDialogElement} */ (document.getElementById(button.dataset.open || "")).showModal());
  }
  return set;
}

/** Whether a key press is for the page: not for a field, a dialog, or the browser. @param {KeyboardEvent} e */
export const forPage = e => !e.ctrlKey && !e.metaKey && !e.altKey && !e.isComposing && !document.querySelector("dialog[open]") &&
  !(e.target instanceof HTMLElement && e.target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]"));
