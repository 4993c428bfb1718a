import { closest } from "../suggest.ts";
import { configKeys } from "./keys.ts";
import type { Given, Source } from "./problems.ts";
import { showName } from "./problems.ts";

/** Environment variables, as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Names configuration files, with commas between them; `--config` replaces it. */
export const CONFIG_VARIABLE = "HUBHAND_CONFIG";

/** Variables that belong to other parts of hubhand or to its image, and set no key. */
const OTHER_VARIABLES: readonly string[] = [CONFIG_VARIABLE, "HUBHAND_VERSION", "HUBHAND_COMMIT"];

/** Reads the variables of all keys. One that is set to nothing counts as not set. */
export function readEnvironment(env: Environment, cwd: string): Source {
  const givens: Given[] = [];
  const known = new Set(OTHER_VARIABLES);
  for (const key of configKeys()) {
    for (const variable of key.variables) {
      known.add(variable);
      const written = env[variable];
      if (!written) continue;
      const where = `environment variable ${variable}`;
      givens.push({ key, written, form: "text", base: cwd, origin: where, where });
    }
  }
  const problems: string[] = [];
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith("HUBHAND_") || !value || known.has(variable)) continue;
    if (isServiceLink(variable, value)) continue;
    const meant = closest(variable.slice("HUBHAND_".length), namesWithoutPrefix(known));
    const advice = meant ? `Did you mean HUBHAND_${meant}?` : "Remove it; `hubhand config` shows all keys.";
    problems.push(`${showName(variable)}: no such environment variable. ${advice}`);
  }
  return { givens, problems };
}

/**
 * Reads the variables that whole machines are set up with, of each key the first that is set. They were not written for
 * hubhand: one that it cannot use is told as a warning, and ends nothing.
 */
export function readCommonVariables(env: Environment, cwd: string): Given[] {
  return configKeys().flatMap((key) => {
    const variable = key.setting.commonVariables.find((name) => env[name]);
    if (variable === undefined) return [];
    const where = `environment variable ${variable}`;
    return [{ key, written: env[variable], form: "text", base: cwd, origin: where, where }];
  });
}

/** The common prefix would make all names look alike. */
function namesWithoutPrefix(known: ReadonlySet<string>): string[] {
  return [...known].flatMap((name) => (name.startsWith("HUBHAND_") ? [name.slice("HUBHAND_".length)] : []));
}

/**
 * Kubernetes gives each pod variables for every Service of its namespace; for those named hubhand or hubhand-…
 * they start as ours do. https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
function isServiceLink(variable: string, value: string): boolean {
  return (
    /_SERVICE_(HOST|PORT(_[A-Z\d_]+)?)$/.test(variable) ||
    /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(variable) ||
    (variable.endsWith("_PORT") && /^(tcp|udp|sctp):\/\//.test(value))
  );
}
