import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../events/logger.ts";
import { startInTime } from "./hook-limits.ts";
import type { Plugin } from "./plugin.ts";
import type { SettingOutcome, SettingOutcomes } from "./setting-outcome.ts";
import type { Proposal, SettingsBook, Standing } from "./settings-book.ts";
import type { Settings } from "./settle-settings.ts";

export interface SettingsChange {
  readonly plugin: string;
  /** All that is desired; what it does not name goes back to what the configuration says. */
  readonly desired: Settings;
  /** Undefined while it is broken or being restarted. */
  readonly serving: Plugin | undefined;
  /** Why it does not serve. */
  readonly problem: string | undefined;
  readonly book: SettingsBook;
  /**
   * Loads it with what the book says then, while the one before serves. Resolves to why that failed. Undefined if it cannot
   * be loaded now.
   */
  readonly reload: (() => Promise<string | undefined>) | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * Has a plugin go on with other settings; all that fits, or nothing if it fails at them. Never rejects.
 * @returns undefined, with nothing changed, if it must be loaded anew and cannot be
 */
export async function changeSettings(change: SettingsChange): Promise<SettingOutcomes | undefined> {
  const { plugin, desired, book, logger } = change;
  const before = book.current(plugin);
  let proposal: Proposal;
  try {
    proposal = book.propose(plugin, desired);
  } catch (error) {
    const why = messageOf(error);
    logger.error(
      { event: "plugin.settings-refused", plugin },
      `plugin "${plugin}" keeps its settings: ${why}`,
    );
    return outcomes(change, () => ({ status: 400, description: why }));
  }
  const refusal = (key: string) => proposal.refused.get(key) ?? book.current(plugin).refused.get(key);
  if (proposal.isNew) {
    const keys = Object.keys(proposal.accepted);
    const problem = await take(change, proposal, before);
    if (problem === MUST_RELOAD) return undefined;
    if (problem !== undefined) {
      logger.error(
        { event: "plugin.settings-refused", plugin, settings: keys },
        `plugin "${plugin}" keeps its settings: ${problem}`,
      );
      return outcomes(change, (key) => {
        const refused = proposal.refused.get(key);
        return refused === undefined
          ? { status: 500, description: problem }
          : { status: 400, description: refused };
      });
    }
    logger.info(
      { event: "plugin.settings-changed", plugin, settings: keys },
      `plugin "${plugin}" has new settings`,
    );
  } else if (before.settings === undefined) {
    const { problem = "it is broken" } = change;
    return outcomes(change, () => ({ status: 500, description: problem }));
  } else book.accept(plugin, proposal);
  return outcomes(change, (key) => {
    const description = refusal(key);
    return description === undefined ? { status: 200 } : { status: 400, description };
  });
}

const MUST_RELOAD = Symbol("it must be loaded anew");

/** Resolves to what went wrong; all is as before then. */
async function take(
  change: SettingsChange,
  proposal: Proposal,
  before: Standing,
): Promise<string | typeof MUST_RELOAD | undefined> {
  const { plugin, serving, book, reload, logger } = change;
  try {
    if (serving !== undefined && (await tell(change, serving, proposal.settings))) {
      book.accept(plugin, proposal);
      return undefined;
    }
  } catch (error) {
    if (serving !== undefined && before.settings !== undefined)
      await tell(change, serving, before.settings).catch((err: unknown) =>
        logger.warn(
          { event: "plugin.settings-not-restored", plugin, err },
          "it failed at its old settings, too",
        ),
      );
    return messageOf(error);
  }
  if (reload === undefined) return MUST_RELOAD;
  book.accept(plugin, proposal);
  const problem = await reload();
  if (problem === undefined) return undefined;
  book.accept(plugin, before);
  return problem;
}

async function tell(
  { clock }: SettingsChange,
  serving: Plugin,
  settings: Record<string, unknown>,
): Promise<boolean> {
  const abort = new AbortController();
  const taking = serving.changeSettings?.(structuredClone(settings), abort.signal) ?? Promise.resolve(false);
  const taken = taking.catch((error: unknown) => {
    throw new Error(messageOf(error), { cause: error });
  });
  try {
    return await startInTime(taken, "the change of its settings", clock);
  } finally {
    abort.abort(new Error("its time is over"));
  }
}

function outcomes(
  { plugin, desired, book }: SettingsChange,
  outcomeOf: (key: string) => Omit<SettingOutcome, "value">,
): SettingOutcomes {
  const { settings = {} } = book.current(plugin);
  const valueNow = (key: string): unknown =>
    book.isHidden(plugin, key) || !Object.hasOwn(settings, key) ? undefined : settings[key];
  return Object.fromEntries(
    Object.keys(desired).map((key) => [key, { ...outcomeOf(key), value: valueNow(key) }]),
  );
}
