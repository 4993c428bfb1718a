// @ts-check
/** Asks the agent to do something. Every request shows the control token. */

/** Lives as long as the tab, and only if the person wants it; for this agent, as a proxy may have many under one name. */
const KEPT = `hubhand-control-token ${location.pathname}`;

/** @type {string | undefined} */
let token = sessionStorage.getItem(KEPT) ?? undefined;

export const hasToken = () => token !== undefined;

/**
 * @param {string} given
 * @param {{ keep: boolean }} options
 */
export function useToken(given, { keep }) {
  token = given;
  if (keep) sessionStorage.setItem(KEPT, given);
  else sessionStorage.removeItem(KEPT);
}

export function forgetToken() {
  token = undefined;
  sessionStorage.removeItem(KEPT);
}

/** The agent does not know the token. */
export class TokenRefused extends Error {}

/**
 * What a method answered, whatever its status.
 * @param {string} name
 * @param {string} payload JSON text, or nothing
 * @returns {Promise<{ status: number, payload: unknown, ms: number }>}
 */
export const callMethod = (name, payload) => ask("POST", `api/methods/${encodeURIComponent(name)}`, payload);

/** @param {string} name @returns {Promise<unknown>} */
export const restartPlugin = (name) => ask("POST", `api/plugins/${encodeURIComponent(name)}/restart`);

/** @param {string} level @param {string} time @returns {Promise<unknown>} */
export const setLogLevel = (level, time) =>
  ask("PUT", "api/log-level", JSON.stringify(level === "configured" ? { level } : { level, for: time }));

/**
 * @param {string} method
 * @param {string} path
 * @param {string} [body]
 * @returns {Promise<any>}
 */
async function ask(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: {
      "X-Hubhand-Control-Token": token ?? "",
      ...(body === undefined || body === "" ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined || body === "" ? {} : { body }),
  }).catch(() => {
    throw new Error("The agent does not answer.");
  });
  const answer = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  if (response.status === 401) {
    forgetToken();
    throw new TokenRefused("The agent does not know this token.");
  }
  throw new Error(String(answer?.error?.message ?? `The agent answered with ${response.status}.`));
}
