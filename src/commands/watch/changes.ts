import type { DeviceFacts } from "./device-facts.ts";

/** Something that happened to a device between two looks. */
export interface Change {
  readonly event:
    | DeviceFacts["state"]
    | "appeared"
    | "gone"
    | "version"
    | "restarted"
    | "link"
    | "plugin-down"
    | "plugin-up"
    | "waiting"
    | "refused"
    | "accepted";
  /** For a person; it may quote the device. */
  readonly words: string;
}

/** What is wrong with a device when it is first seen; what is as it should be is no news. */
export function firstFindings(now: DeviceFacts): Change[] {
  const good: DeviceFacts = { ...now, state: "connected", down: new Map(), wishes: new Map() };
  return changesBetween(good, now);
}

/** What happened between two looks at a device. Pure. What came and went between them nobody sees. */
export function changesBetween(before: DeviceFacts, now: DeviceFacts): Change[] {
  return [
    ...(before.state === now.state ? [] : [{ event: now.state, words: stateWords(now) }]),
    ...versionChange(before, now),
    ...runChange(before, now),
    ...pluginChanges(before, now),
    ...wishChanges(before, now),
  ];
}

function stateWords({ state, linkFailure }: DeviceFacts): string {
  return state === "disconnected" && linkFailure !== undefined
    ? `disconnected; the last failure that it told was ${linkFailure}`
    : state;
}

function versionChange(before: DeviceFacts, now: DeviceFacts): Change[] {
  const words = (["version", "revision"] as const)
    .filter((name) => before[name] !== now[name])
    .map((name) => `${name} ${now[name] ?? "none"}, was ${before[name] ?? "none"}`);
  return words.length === 0 ? [] : [{ event: "version", words: words.join("; ") }];
}

function runChange(before: DeviceFacts, now: DeviceFacts): Change[] {
  if (now.startedAt !== undefined && before.startedAt !== now.startedAt) {
    const how = now.lastExit === undefined ? "" : `; the run before ended: ${now.lastExit}`;
    return [{ event: "restarted", words: `the agent started at ${now.startedAt}${how}` }];
  }
  const times = (now.connects ?? 0) - (before.connects ?? 0);
  if (times <= 0) return [];
  const why = now.linkFailure === undefined ? "" : `; the last failure: ${now.linkFailure}`;
  return [{ event: "link", words: `its link came back${times === 1 ? "" : ` ${times} times`}${why}` }];
}

function pluginChanges(before: DeviceFacts, now: DeviceFacts): Change[] {
  const down = [...now.down].filter(([name]) => !before.down.has(name));
  const up = [...before.down.keys()].filter((name) => !now.down.has(name));
  return [
    ...down.map(([name, why]): Change => ({ event: "plugin-down", words: `plugin ${name} is down: ${why}` })),
    ...up.map((name): Change => ({ event: "plugin-up", words: `plugin ${name} is down no longer` })),
  ];
}

function wishChanges(before: DeviceFacts, now: DeviceFacts): Change[] {
  const changes: Change[] = [];
  for (const [name, wish] of now.wishes) {
    const earlier = before.wishes.get(name);
    if (earlier?.state === wish.state && earlier.version === wish.version && earlier.why === wish.why)
      continue;
    const version = wish.version === undefined ? "" : ` (desired version ${wish.version})`;
    const words =
      wish.state === "waiting"
        ? `${name} is desired and not answered yet${version}`
        : `${name} is refused${version}: ${wish.why ?? ""}`;
    changes.push({ event: wish.state, words });
  }
  for (const name of before.wishes.keys()) {
    if (!now.wishes.has(name))
      changes.push({ event: "accepted", words: `${name} is in force, or desired no longer` });
  }
  return changes;
}
