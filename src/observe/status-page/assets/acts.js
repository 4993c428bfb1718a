// @ts-check
/** What can be done from the page; sections get it only if the agent allows it. */

/**
 * @typedef {object} Act
 * @property {(method: string) => void} call opens the dialog that calls it
 * @property {(plugin: string) => void} restart
 * @property {() => void} logLevel
 */

/** @typedef {{ kind: "call" | "restart", name: string } | { kind: "log-level" }} Wish */

/**
 * @param {(wish: Wish) => void} open
 * @returns {Act}
 */
export const createAct = (open) => ({
  call: (name) => open({ kind: "call", name }),
  restart: (name) => open({ kind: "restart", name }),
  logLevel: () => open({ kind: "log-level" }),
});
