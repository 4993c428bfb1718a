import type { LinkStatus } from "../../link/link.ts";
import type { Method } from "../../methods/method.ts";
import type { PluginStatus } from "../../plugins/plugin-set.ts";
import type { Brevity, Snapshot } from "../../twin/next-reported.ts";
import type { Software } from "../boot-file.ts";
import type { Boot } from "../boot-record.ts";
import type { LinkStatistics } from "../link/statistics.ts";

/** Enough to see what it is about, when there is little room. */
const SHORT_PROBLEM = 200;
/** What is left out with each step, for whoever wonders. */
const CUT: readonly (string | undefined)[] = [undefined, "methods", "methods and problems", "plugins"];

export interface ReportedStateOptions {
  readonly software: Software;
  boot(): Boot;
  /** Whether desired properties are followed. */
  readonly followsTwin: boolean;
  linkStatus(): LinkStatus;
  linkStatistics(): LinkStatistics;
  plugins(): readonly PluginStatus[];
  /** Whether plugins are still starting, which are in nobody's list yet. */
  isStarting(): boolean;
  methods(): readonly Method[];
  /** The name that a plugin has in the twin. */
  nameOf(plugin: string): string;
  /** Takes secrets out of a text: a plugin's problem may quote anything. */
  redact(text: string): string;
}

/** What the device tells of itself in its twin; docs/twin.md describes it. */
export function reportedState(options: ReportedStateOptions): Snapshot {
  const { software, followsTwin } = options;

  function agent(brevity: Brevity) {
    const { startedAt, count: bootCount, lastExit, softwareSince, softwareBefore } = options.boot();
    const cut = CUT[brevity];
    return {
      ...known(software),
      node: process.versions.node,
      since: softwareSince,
      ...(softwareBefore === undefined ? {} : { before: known(softwareBefore) }),
      startedAt,
      bootCount,
      ...(lastExit === undefined ? {} : { lastExit }),
      followsTwin,
      ...(cut === undefined ? {} : { leftOut: cut }),
    };
  }

  function link() {
    const { way } = options.linkStatus();
    return { ...(way === undefined ? {} : { way }), ...options.linkStatistics() };
  }

  function plugins(brevity: Brevity) {
    const all = options.methods();
    const told = new Map<string, object>();
    for (const status of options.plugins()) {
      const methods = all.filter(({ plugin }) => plugin === status.name);
      told.set(freeName(options.nameOf(status.name), told), describePlugin(status, methods, brevity));
    }
    return Object.fromEntries(told);
  }

  function describePlugin(status: PluginStatus, methods: readonly Method[], brevity: Brevity) {
    const { name: _, problem: raw, ...others } = status;
    const problem = raw === undefined ? undefined : options.redact(raw);
    return {
      ...others,
      ...(problem === undefined ? {} : { problem: brevity < 2 ? problem : problem.slice(0, SHORT_PROBLEM) }),
      ...(brevity === 0 ? { methods: Object.fromEntries(methods.map(({ name }) => [name, true])) } : {}),
    };
  }

  return (brevity) => ({
    agent: agent(brevity),
    link: link(),
    // Of plugins that are about to be there, what an earlier run told is not taken away first.
    ...(options.isStarting() ? { plugins: undefined } : brevity < 3 ? { plugins: plugins(brevity) } : {}),
  });
}

/** A twin takes no undefined. */
const known = ({ version, commit, revision }: Software) => ({
  version,
  ...(commit === undefined ? {} : { commit }),
  ...(revision === undefined ? {} : { revision }),
});

/** Of two plugins with one name in the twin neither may hide the other. */
function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  let free = name;
  for (let other = 2; taken.has(free); other += 1) free = `${name}_${other}`;
  return free;
}
