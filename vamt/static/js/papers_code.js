// @ts-check
/**
 * The code that opens her papers after the visit: the browser of the visit keeps it (as a cookie
 * of the server's), so that nobody types it here. No DOM.
 */

const TRIES = 3;

/**
 * @param {string} url where the code is entered
 * @param {(url: string, options: RequestInit) => Promise<Response>} [send]
 * @returns {(code: string) => Promise<void>} call it with every state; "" is no code
 */
export function codeKeeper(url, send = (to, options) => fetch(to, options)) {
  let kept = "";
  let tries = 0;
  return async (code) => {
    if (!code || code === kept || tries >= TRIES) return;
    kept = code;
    tries += 1;
    try {
      // it answers with the way to the papers, which we do not go
      const { ok, type } = await send(url, { method: "POST", body: new URLSearchParams({ code }), redirect: "manual" });
      if (ok || type === "opaqueredirect") tries = 0;
      else kept = "";
    } catch {
      kept = "";
    }
  };
}
