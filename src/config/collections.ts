import { isMapping } from "../mapping.ts";
import { checkTaskParts, mergeTasks, type WrittenTasks } from "../rules/written-tasks.ts";
import { type Kind, Unfit } from "./kinds.ts";

/** A list of names; as text, with commas between them. */
export function names(): Kind<readonly string[]> {
  const name = "a list of names";
  const check = (value: unknown) => {
    if (!Array.isArray(value) || value.some((entry) => typeof entry !== "string" || entry.trim() === "")) {
      throw new Unfit(name, "In a file write [first, second], in a variable or flag first,second.");
    }
  };
  return {
    name,
    argument: "names",
    fromText: (text) =>
      text
        .split(",")
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ""),
    fromData: (data) => {
      check(data);
      return data as string[];
    },
    check,
    print: (value) => value,
  };
}

/** What plugins are given: plugin name -> setting -> anything that JSON can say. */
export type PluginSettings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Free-form settings by plugin; as text, JSON. Hidden, since a plugin's settings may hold its passwords. */
export function pluginSettings(): Kind<PluginSettings> {
  const name = "a mapping of plugin names to mappings of their settings";
  const check = (value: unknown) => {
    if (!isMapping(value)) throw new Unfit(name);
    refuseTraps(value, name);
    if (!Object.values(value).every(isMapping)) {
      throw new Unfit(name, 'Such as {"greeter":{"greeting":"hello"}}.');
    }
  };
  return {
    ...freeForm<PluginSettings>(name, check),
    merge: (earlier, later) => {
      const merged: Record<string, Readonly<Record<string, unknown>>> = { ...earlier };
      for (const [plugin, settings] of Object.entries(later)) {
        merged[plugin] = { ...(Object.hasOwn(merged, plugin) ? merged[plugin] : {}), ...settings };
      }
      return merged;
    },
  };
}

/** Anything that JSON can say, by names of the user's own. */
export type Mapping = Readonly<Record<string, unknown>>;

/** One free-form mapping; as text, JSON. Hidden, since nobody here knows what it holds. */
export function mapping(): Kind<Mapping> {
  const name = "a mapping";
  return freeForm<Mapping>(name, (value) => {
    if (!isMapping(value)) throw new Unfit(name, 'Such as {"site":"north"}.');
    refuseTraps(value, name);
  });
}

/** Tasks by `plugin/task` or by a name of the device's own; as text, JSON. Hidden, since a payload may hold a secret. */
export function tasks(): Kind<WrittenTasks> {
  const name = "a mapping of tasks";
  const check = (value: unknown) => {
    refuseTraps(value, name);
    const problem = checkTaskParts(value);
    if (problem === undefined) return;
    const [, expected] = /^expected (.*)/.exec(problem) ?? [];
    if (expected !== undefined) throw new Unfit(expected);
    throw new Unfit("tasks that it can run", /[.?]$/.test(problem) ? problem : `${problem}.`);
  };
  return { ...freeForm<WrittenTasks>(name, check), merge: mergeTasks };
}

function freeForm<T>(name: string, check: (value: unknown) => void): Kind<T> {
  const fromData = (data: unknown) => {
    check(data);
    return data as T;
  };
  return {
    name,
    argument: "json",
    hidden: true,
    freeForm: true,
    fromText: (text) => {
      let data: unknown;
      try {
        data = JSON.parse(text);
      } catch {
        // The parser's message quotes the text, which may hold secrets.
        throw new Unfit(name, "In a variable or flag it is written as JSON, and this is not JSON.");
      }
      return fromData(data);
    },
    fromData,
    check,
    print: (value) => value,
  };
}

const DEEPEST = 32;

/**
 * Refuses what would harm code that copies settings: `__proto__` as a key, which changes what the copy is; an
 * alias of YAML to what it stands in, which never ends; and a depth that no stack holds.
 */
function refuseTraps(value: unknown, expected: string, inside: readonly object[] = []): void {
  if (typeof value !== "object" || value === null) return;
  if (inside.includes(value)) throw new Unfit(expected, "An alias contains itself: write the value out.");
  if (inside.length === DEEPEST) throw new Unfit(expected, `Nest it at most ${DEEPEST} levels deep.`);
  if (Object.hasOwn(value, "__proto__")) {
    throw new Unfit(expected, "Rename the key __proto__: it is not allowed.");
  }
  for (const entry of Object.values(value)) refuseTraps(entry, expected, [...inside, value]);
}
