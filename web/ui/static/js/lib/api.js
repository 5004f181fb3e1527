// The API, as this page's session may use it.
/** @import { Item, Stage } from "../types" */

/** A refusal or a failure, in the server's words. Status 0: nobody answered. */
export class Problem extends Error {
  /** @param {number} status @param {string} detail @param {Item & Stage | null} current what it is now, of a 409 */
  constructor(status, detail, current) {
    super(detail);
    this.status = status;
    this.current = current;
  }
  /** Worth sending again as it is. */
  get unsent() { return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504; }
}

/** An idempotency key: what is sent again with it is done once. */
export const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), b => b.toString(16).padStart(2, "0")).join("");

/**
 * call asks and returns the answer's body. Rev is the revision that the caller has seen. With a key, what is sent again
 * because its answer was lost is done once.
 * @param {string} method @param {string} path @param {object} [body] @param {number} [rev] @param {string} [key]
 * @returns {Promise<any>}
 */
export async function call(method, path, body, rev, key) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (body) headers["Content-Type"] = "application/json";
  if (rev !== undefined) headers["If-Match"] = `"${rev}"`;
  if (key) headers["Idempotency-Key"] = key;
  /** @type {Response} */ let r;
  /** @type {any} */ let data;
  try {
    r = await fetch(path, { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(10000) });
    data = await r.json().catch(() => null);
  } catch {
    throw new Problem(0, "The server does not answer.", null);
  }
  if (!r.ok) throw new Problem(r.status, data?.detail || data?.title || `The server answered ${r.status}.`, data?.current || null);
  return data;
}
