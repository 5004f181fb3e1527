// How each source is doing, brought up to date every five seconds with the page's own table.

import { $ } from "./lib/dom.js";

function refresh() {
  const r = new XMLHttpRequest(); // the one way to read a page without making markup of a string
  r.onloadend = () => {
    setTimeout(refresh, 5000);
    const now = r.status === 200 && r.response;
    for (const part of ["[data-health]", "[data-at]"]) {
      const old = $(part), fresh = now && $(part, now);
      // What somebody has focus in, or reads out, stays.
      if (old && fresh && !old.contains(document.activeElement) && old.textContent !== fresh.textContent) old.replaceWith(document.adoptNode(fresh));
    }
  };
  r.open("GET", location.href);
  r.timeout = 10000;
  r.responseType = "document";
  r.send();
}

setTimeout(refresh, 5000);
