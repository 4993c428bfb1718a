import { cut } from "../cut.ts";

/** How the agent is, as far as one line can say it. */
export interface HowItIs {
  readonly link: {
    readonly state: string;
    /** Why it is not online; words of ours, no texts from elsewhere. */
    readonly lastFailure?: { readonly class: string; readonly reason: string };
  };
  readonly plugins: readonly { readonly name: string; readonly kind: string; readonly up: boolean }[];
  /** Names of those that start for the first time. */
  readonly starting: readonly string[];
}

const LONGEST_STATUS = 240;
/** `systemctl status` has one line; whoever wants all of them asks `/readyz`. */
const NAMED = 3;

/** One line for people, for `systemctl status`: steady while nothing changes, however often the link tries. */
export function statusWords({ link, plugins, starting }: HowItIs): string {
  const words = `${linkWords(link)}; ${pluginWords(plugins, starting)}`;
  return cut(words.replace(/\p{Cc}/gu, " "), LONGEST_STATUS);
}

function linkWords({ state, lastFailure }: HowItIs["link"]): string {
  if (state === "online") return "online";
  return lastFailure === undefined
    ? "connecting"
    : `not online (${lastFailure.class}, ${lastFailure.reason})`;
}

function pluginWords(all: HowItIs["plugins"], starting: readonly string[]): string {
  const plugins = all.filter(({ kind }) => kind !== "built-in");
  const down = plugins.filter(({ up }) => !up).map(({ name }) => name);
  const count = `${plugins.length} ${plugins.length === 1 ? "plugin" : "plugins"}`;
  return [
    down.length === 0 ? count : `${count}, down: ${some(down)}`,
    ...(starting.length === 0 ? [] : [`starting: ${some(starting)}`]),
  ].join(", ");
}

const some = (names: readonly string[]): string =>
  names.length > NAMED
    ? `${names.slice(0, NAMED).join(", ")} and ${names.length - NAMED} more`
    : names.join(", ");
