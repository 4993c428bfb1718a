import { existsSync } from "node:fs";
import { join } from "node:path";
import convict from "convict";
import { HubhandError } from "../errors.ts";
import { CONFIG_VARIABLE, type Environment, readCommonVariables, readEnvironment } from "./environment.ts";
import { type NamedFile, readConfigFile } from "./file.ts";
import { configKeys } from "./keys.ts";
import { Unfit } from "./kinds.ts";
import { type Given, misfit, type Source } from "./problems.ts";
import { rangeProblems } from "./ranges.ts";
import { type Config, SCHEMA } from "./schema.ts";
import { type Entry, settleSecrets } from "./secrets.ts";

export interface LoadConfigOptions {
  /** The environment: `process.env`. */
  readonly env: Environment;
  /** The working directory: where config/default.* is, and where relative paths start. */
  readonly cwd: string;
  /** Values from the command line by key name, such as `{ "observe.port": "0" }`. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Files from `--config`, the first the weakest. If there are some, HUBHAND_CONFIG does not count. */
  readonly configFiles?: readonly string[];
}

/** The effective configuration, and where each value of it comes from. */
export interface LoadedConfig {
  readonly values: Config;
  /** What was passed over, one line each: no reason to end, and worth a line in the log. */
  readonly warnings: readonly string[];
  /**
   * The source of a key's value, for people: `default`, `environment variable HUBHAND_OBSERVE_PORT`,
   * `config/demo.yaml`, `flag --observe-port`. Settings of plugins may come from several.
   */
  origin(key: string): string;
}

/**
 * Loads the configuration. Later sources win: defaults, variables of the whole machine (HTTPS_PROXY),
 * config/default.{yaml,yml,json} of the working directory, the named files, the environment, the flags.
 *
 * @throws HubhandError CONFIG_INVALID; its message names every problem of every source, one a line, and no secret
 */
export function loadConfig({ env, cwd, flags = {}, configFiles = [] }: LoadConfigOptions): LoadedConfig {
  const named = namedFiles(env, configFiles);
  const standard = standardFile(cwd);
  const sources: Source[] = [
    { givens: defaults(cwd), problems: standard.problems },
    ...[...standard.files, ...named].map((file) => readConfigFile(file, cwd)),
    readEnvironment(env, cwd),
    { givens: fromFlags(flags, cwd), problems: [] },
  ];
  const problems = sources.flatMap((source) => source.problems);
  const [ownDefaults = [], ...layers] = sources.map((source) =>
    source.givens.flatMap((given) => read(given, problems)),
  );
  const warnings: string[] = [];
  const common = readCommonVariables(env, cwd).flatMap((given) => read(given, warnings));
  layers.unshift(ownDefaults, common);
  const secrets = settleSecrets(layers);
  problems.push(...secrets.problems);
  const settled = settle([...layers.flat(), ...secrets.entries]);
  // Values that did not fit are missing here: relations between values are checked when all are there.
  if (problems.length === 0) problems.push(...rangeProblems(settled));
  if (problems.length > 0)
    throw new HubhandError("CONFIG_INVALID", problems.join("\n"), { details: { problems } });
  return {
    values: deepFreeze(toConfig(settled)),
    warnings: warnings.map((warning) => `passed over: ${warning}`),
    origin: (key) => {
      const entry = settled.get(key);
      if (!entry) throw new HubhandError("INTERNAL", `the configuration has no key ${key}`);
      return entry.origin;
    },
  };
}

function defaults(cwd: string): Given[] {
  return configKeys().map((key) => {
    return {
      key,
      written: key.setting.default,
      form: "data",
      base: cwd,
      origin: "default",
      where: "default",
    };
  });
}

function standardFile(cwd: string): { files: NamedFile[]; problems: string[] } {
  const found = ["yaml", "yml", "json"]
    .map((end) => `config/default.${end}`)
    .filter((name) => existsSync(join(cwd, name)));
  const problems =
    found.length > 1 ? [`${found.join(" and ")}: only one of these files may exist. Keep one.`] : [];
  return { files: found.map((name) => ({ name })), problems };
}

function namedFiles(env: Environment, configFiles: readonly string[]): NamedFile[] {
  if (configFiles.length > 0) return configFiles.map((name) => ({ name, namedBy: "flag --config" }));
  const listed = (env[CONFIG_VARIABLE] ?? "").split(",").map((name) => name.trim());
  const namedBy = `environment variable ${CONFIG_VARIABLE}`;
  return listed.filter((name) => name !== "").map((name) => ({ name, namedBy }));
}

function fromFlags(flags: Readonly<Record<string, string>>, cwd: string): Given[] {
  const keys = configKeys();
  return Object.entries(flags).map(([name, written]) => {
    const key = keys.find((candidate) => candidate.name === name && candidate.flag !== undefined);
    if (!key) throw new HubhandError("INTERNAL", `there is no flag for ${name}`);
    const where = `flag ${key.flag}`;
    return { key, written, form: "text", base: cwd, origin: where, where };
  });
}

function read(given: Given, problems: string[]): Entry[] {
  const { key, written, form, base, origin } = given;
  const { kind, nullable } = key.setting;
  if (written === null && nullable) return [{ key, value: null, origin }];
  try {
    const value = form === "text" ? kind.fromText(String(written), base) : kind.fromData(written, base);
    return [{ key, value, origin }];
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    problems.push(misfit(given, error));
    return [];
  }
}

/** Puts the sources over one another, the last on top. */
function settle(entries: readonly Entry[]): Map<string, Entry> {
  const settled = new Map<string, Entry>();
  for (const entry of entries) {
    const { key, value, origin } = entry;
    const earlier = settled.get(key.name);
    const merge = key.setting.kind.merge;
    if (!earlier || !merge) settled.set(key.name, entry);
    else {
      const origins = earlier.origin === "default" ? origin : `${earlier.origin} and ${origin}`;
      settled.set(key.name, { key, value: merge(earlier.value, value), origin: origins });
    }
  }
  return settled;
}

function toConfig(settled: ReadonlyMap<string, Entry>): Config {
  // convict gets neither environment nor arguments: its own readers turn "94x" into 94 and tell no origin.
  const store = convict<Record<string, unknown>>(SCHEMA, { env: {}, args: [] });
  const set = (entry: Entry) => store.set(entry.key.name, entry.value);
  const [freeForm, fixed] = [true, false].map((free) =>
    [...settled.values()].filter((entry) => (entry.key.setting.kind.freeForm ?? false) === free),
  );
  for (const entry of fixed ?? []) set(entry);
  store.validate({ allowed: "strict" });
  // After the check, which takes a dot in a name for a path of its own.
  for (const entry of freeForm ?? []) set(entry);
  return store.getProperties() as Config;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}
