import path from "node:path";
import { type Clock, systemClock } from "../clock.ts";
import { HubhandError } from "../errors.ts";
import type { Logger } from "../events/logger.ts";
import type { HandlerRegistry } from "../messages/inbox/registry.ts";
import type { MethodRegistry } from "../methods/registry.ts";
import type { Metrics } from "../observe/metrics/metrics.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { changeSettings } from "./change-settings.ts";
import type { Candidate, Discovery } from "./discovery.ts";
import { createEnabled, type EnabledOptions } from "./enabled.ts";
import { gathered } from "./gathered.ts";
import { stopInTime } from "./hook-limits.ts";
import { inOrder } from "./in-order.ts";
import type { Plugin } from "./plugin.ts";
import { createPluginsFolder, type PluginsFolderOptions } from "./plugins-folder.ts";
import type { SeriesOfPlugins } from "./series.ts";
import { createServing } from "./serving.ts";
import type { SettingOutcomes } from "./setting-outcome.ts";
import type { SettingsBook } from "./settings-book.ts";
import type { Settings } from "./settle-settings.ts";
import { createSlot, type Prepared, type Slot } from "./slot.ts";
import { createStatuses, type PluginStatus } from "./statuses.ts";
import { touchedBy } from "./touched.ts";
import { createTurns } from "./turns.ts";

export type { PluginStatus };

export interface PluginSetOptions extends EnabledOptions, PluginsFolderOptions {
  /** Turns a file into a plugin, each time anew. */
  load(candidate: Candidate): Promise<Plugin>;
  /** The plugin that needs no folder: there whatever happens to the others. */
  builtIn(): Plugin;
  readonly settings: SettingsBook;
  /** Names that the configuration has settings for: one without a plugin is probably misspelt. */
  readonly configured: readonly string[];
  readonly registry: MethodRegistry;
  readonly schedule: Schedule;
  /** Where messages from the hub find their handlers; without it, none come. */
  readonly messages?: Pick<HandlerRegistry, "replace" | "remove" | "get">;
  readonly metrics: Pick<Metrics, "pluginUp" | "pluginInfo" | "pluginRestarts"> & SeriesOfPlugins;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** In the same order whenever the agent starts; who loads first differs. */
  onFound?(candidates: readonly Candidate[]): void;
  /** There are others now, or one in a new version. */
  onChange?(): void;
}

export interface PluginSet {
  /** Loads and starts all there are; a broken one is told, and the others run. Never rejects. */
  loadAll(): Promise<void>;
  /**
   * Looks at the folder again: takes what is new, drops what is gone, and replaces the plugins that these files
   * belong to; a file that belongs to none may be part of any. No call is lost: those under way end where they are,
   * and a plugin whose new version is broken goes on serving. Never rejects.
   */
  reload(changed: readonly string[]): Promise<void>;
  /**
   * Ends a plugin's code and loads it afresh; its callers are told PLUGIN_DOWN meanwhile.
   * @throws HubhandError PLUGIN_UNKNOWN
   */
  restart(name: string): Promise<PluginStatus>;
  /**
   * Gives a plugin other settings while it serves: no call is lost. What is not named goes back to what the configuration
   * says. What does not fit is refused key by key, and a plugin that fails at the rest keeps what it had. One that takes its
   * time holds up no other.
   * @throws HubhandError PLUGIN_UNKNOWN
   */
  changeSettings(name: string, desired: Settings): Promise<SettingOutcomes>;
  /**
   * Says which plugins run: `false` ends one while its calls under way go on, `true` takes one in that the configuration
   * disables. Those that are not named go by the configuration; a name that no plugin has counts when one comes that has it.
   */
  enable(names: Readonly<Record<string, boolean>>): Promise<void>;
  /** Names of all that there are, disabled ones too, by the latest look at the folder; undefined before the first. */
  names(): readonly string[] | undefined;
  status(): readonly PluginStatus[];
  /** Names of those that are still being imported or started for the first time. */
  starting(): readonly string[];
  /** Why the folder itself could not be read. */
  readonly folderProblem: string | undefined;
  /** Calls every stop hook, within two seconds. */
  stopAll(): Promise<void>;
}

/** The plugins of this agent: which there are, which serve, and why the others do not. */
export function createPluginSet(options: PluginSetOptions): PluginSet {
  const { metrics, logger, clock = systemClock } = options;
  const statuses = createStatuses(metrics);
  const serving = createServing({ ...options, clock });
  /** By the file or folder that each comes from. */
  const slots = new Map<string, Slot>();
  const enabled = createEnabled(options);
  const { isDisabled } = enabled;
  const candidates = new Map<string, Candidate>();
  const builtIn = makeSlot(
    async () => options.builtIn(),
    () => undefined,
  );
  const retiring = new Set<Plugin>();
  const turns = createTurns<Slot>();
  const folder = createPluginsFolder(options);
  let stopping = false;
  let last: Promise<unknown> = Promise.resolve();

  /** One change after the other: two at once could not know what the other leaves. */
  function inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = last.then(change);
    last = turn.catch(() => {});
    return turn;
  }

  function makeSlot(load: () => Promise<Plugin>, candidate: () => Candidate | undefined): Slot {
    return createSlot({ ...options, candidate, load, statuses, serving, clock, retire, isDisabled });
  }

  function slotOf(candidate: Candidate): Slot {
    const key = keyOf(candidate);
    candidates.set(key, candidate);
    const now = (): Candidate => candidates.get(key) ?? candidate;
    const slot = slots.get(key) ?? makeSlot(() => options.load(now()), now);
    slots.set(key, slot);
    return slot;
  }

  function retire(plugin: Plugin): void {
    retiring.add(plugin);
    void serving.retire(plugin).finally(() => retiring.delete(plugin));
  }

  async function look(): Promise<Discovery | undefined> {
    const found = await folder.look();
    if (found !== undefined) options.onFound?.(wantedOf(found));
    return found;
  }

  /** Not while its settings change: it would be loaded with the old ones. */
  const prepare = (slot: Slot): Promise<Prepared | undefined> =>
    turns.alone(slot, async () => [slot.prepare()] as const).then(([preparing]) => preparing);

  const renew = (loading: readonly Promise<Prepared | undefined>[]): Promise<void> =>
    inOrder(loading, startAll, clock);

  async function startAll(loaded: readonly Prepared[]): Promise<void> {
    // Who comes first gets a name, and a method's name, that two claim.
    const claimed: Prepared[] = [];
    for (const prepared of loaded) if (await prepared.claim()) claimed.push(prepared);
    const starting = claimed.map(async (prepared) => ((await prepared.start()) ? prepared : undefined));
    await inOrder(starting, serveAll, clock);
  }

  async function serveAll(started: readonly Prepared[]): Promise<void> {
    for (const prepared of started) await (stopping ? prepared.giveUp() : prepared.serve());
    if (started.length > 0) options.onChange?.();
  }

  async function loadAll(): Promise<void> {
    await renew([prepare(builtIn)]);
    const found = await look();
    if (found === undefined) return;
    if (found.candidates.length === 0)
      logger.warn({ event: "plugin.none" }, "there are no plugins in the plugins folder");
    await renew(wantedOf(found).map(slotOf).map(prepare));
    const lost = options.configured.filter((name) => statuses.get(name) === undefined && !isDisabled(name));
    if (lost.length > 0)
      logger.warn(
        { event: "plugin.settings-without-plugin", plugins: lost },
        "plugins.settings has settings for plugins that are not there",
      );
  }

  const wantedOf = ({ candidates }: Discovery): readonly Candidate[] =>
    candidates.filter(({ name }) => !isDisabled(name));

  async function reload(changed: readonly string[]): Promise<void> {
    const found = await look();
    // A folder that cannot be read for now is no reason to end what was read from it.
    if (found === undefined || stopping) return;
    const wanted = wantedOf(found);
    const known = new Set(slots.keys());
    // One that is disabled stays known by what it calls itself.
    const there = new Set(found.candidates.map(keyOf));
    let isChanged = false;
    for (const [key, slot] of slots) {
      if (there.has(key)) continue;
      slots.delete(key);
      candidates.delete(key);
      slot.remove();
      isChanged = true;
    }
    if (isChanged) options.onChange?.();
    const touched = touchedBy(changed, wanted, known);
    await renew(
      wanted
        .filter((one) => {
          const slot = slots.get(keyOf(one));
          const isBack = slot?.leftOut !== undefined && !isDisabled(slot.leftOut);
          return slot === undefined || touched.has(one) || slot.lacksName || isBack;
        })
        .map(slotOf)
        .map(prepare),
    );
  }

  async function enable(names: Readonly<Record<string, boolean>>): Promise<void> {
    enabled.say(names);
    for (const [key, slot] of slots) {
      const names = [slot.name, slot.name === undefined ? undefined : candidates.get(key)?.name];
      if (names.some((name) => name !== undefined && isDisabled(name))) slot.leaveOut();
    }
    options.onChange?.();
    await reload([]);
  }

  /** One that serves is told at once, whatever the others are at; for all else it must wait for its turn. */
  async function change(name: string, desired: Settings): Promise<SettingOutcomes> {
    const serving = slotNamed(name);
    const live =
      serving && (await turns.alone(serving, async () => (serving.isSettled ? tell(serving) : undefined)));
    return live ?? inTurn(() => load(named(name)));

    function tell(slot: Slot, reload?: () => Promise<string | undefined>) {
      const problem = slot.serving === undefined ? statuses.get(name)?.problem : undefined;
      const change = { plugin: name, desired, serving: slot.serving, problem, book: options.settings };
      return changeSettings({ ...change, reload, logger, clock });
    }

    function load(slot: Slot): Promise<SettingOutcomes> {
      return turns.alone(slot, async () => {
        const outcomes = await tell(slot, async () => {
          let problem: string | undefined;
          await renew([
            slot.prepare((why) => {
              problem = why;
            }),
          ]);
          return problem;
        });
        return outcomes ?? {};
      });
    }
  }

  const slotNamed = (name: string): Slot | undefined => [...slots.values()].find((one) => one.name === name);

  function named(name: string): Slot {
    const slot = slotNamed(name);
    if (slot !== undefined) return slot;
    const message = `this device has no plugin ${JSON.stringify(name)} that could be started afresh`;
    const plugins = [...slots.values()].flatMap((one) => one.name ?? []);
    throw new HubhandError("PLUGIN_UNKNOWN", message, { details: { plugins } });
  }

  async function restart(name: string): Promise<PluginStatus> {
    const slot = named(name);
    await slot.halt();
    await renew([prepare(slot)]);
    const now = slot.name ?? name;
    return statuses.get(now) ?? { name: now, kind: "unknown", up: false, problem: "it is left out" };
  }

  return {
    loadAll: () => inTurn(loadAll),
    reload: gathered((files) => inTurn(() => reload(files()))),
    restart: (name) => inTurn(() => restart(name)),
    changeSettings: change,
    enable: (names) => inTurn(() => enable(names)),
    names: () => {
      if (folder.names === undefined) return undefined;
      const called = [...slots.values()].flatMap(({ name, leftOut }) => name ?? leftOut ?? []);
      return [...new Set(["hubhand", ...folder.names, ...called])].sort();
    },
    status: () => statuses.list(),
    starting: () =>
      [...slots].filter(([, { isStarting }]) => isStarting).map(([file]) => path.basename(file)),
    get folderProblem() {
      return folder.problem;
    },
    async stopAll() {
      stopping = true;
      const plugins = [builtIn, ...slots.values()].flatMap((slot) => slot.plugins);
      await Promise.all([...plugins, ...retiring].map((plugin) => stopInTime(plugin, logger, clock)));
    },
  };
}

/** A folder stays the same plugin if another of its files is the one to load. */
const keyOf = ({ file, folder }: Candidate): string => folder ?? file;
