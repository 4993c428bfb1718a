import { existsSync } from "node:fs";
import path from "node:path";
import { type FSWatcher, watch } from "chokidar";
import { type Clock, systemClock } from "../clock.ts";
import type { Logger } from "../events/logger.ts";

/** A program that writes a file, or a person who copies several, is given so long to come to an end. */
const QUIET_MS = 200;
/** Where changes never end, they are looked at nevertheless. */
const LONGEST_WAIT_MS = 2_000;

/** How often a folder that is gone is looked for. */
const LOOK_AGAIN_MS = 500;

export interface WatchFolderOptions {
  readonly directory: string;
  /** Gets the absolute paths that were added, changed or removed, once it has been quiet for a while. */
  onChange(paths: readonly string[]): void;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/**
 * Watches a folder of plugins, its folders included; what packages bring along is left out, as it is large.
 * @returns resolves when it watches, to what ends it
 */
export async function watchFolder(options: WatchFolderOptions): Promise<() => Promise<void>> {
  const { directory, onChange, logger, clock = systemClock } = options;
  const changed = new Set<string>();
  let since = 0;
  let isOver = false;
  let watcher: FSWatcher | undefined;
  let cancelTimer = (): void => {};

  function flush(): void {
    const paths = [...changed];
    changed.clear();
    onChange(paths);
  }

  function note(file: string): void {
    if (changed.size === 0) since = clock.now();
    changed.add(file);
    cancelTimer();
    const left = since + LONGEST_WAIT_MS - clock.now();
    cancelTimer = clock.setTimer(Math.max(0, Math.min(QUIET_MS, left)), flush);
  }

  /** A folder that was taken away and put back, as a checkout does, is another one: the old watch hears nothing of it. */
  async function watchAgain(gone: FSWatcher): Promise<void> {
    if (gone !== watcher) return;
    watcher = undefined;
    await gone.close();
    while (!isOver && !existsSync(directory))
      await new Promise<void>((done) => clock.setTimer(LOOK_AGAIN_MS, done));
    if (isOver) return;
    await begin();
    note(directory);
  }

  async function begin(): Promise<void> {
    const ready = Promise.withResolvers<void>();
    const mine = watch(directory, {
      ignoreInitial: true,
      // Two links that lead back to their folder make as many paths as one likes. What a link in the folder leads to is
      // in the folder as well, and is watched there.
      followSymlinks: false,
      ignored: (file) => isLeftOut(directory, file),
    });
    watcher = mine;
    let isNews = false;
    mine.once("ready", () => {
      isNews = true;
      ready.resolve();
    });
    mine.on("all", (event, file) => {
      // Links that were there are told as if they were new, whatever `ignoreInitial` says: all of a ConfigMap's plugins.
      if (isNews) note(file);
      if (event === "unlinkDir" && path.resolve(file) === path.resolve(directory)) void watchAgain(mine);
    });
    // A right that is given or taken (chmod +x) is no change to chokidar, and one to us.
    mine.on("raw", (event, name, details) => {
      const { watchedPath = directory } = details as { watchedPath?: string };
      // It is the file that is watched, or its folder.
      const where = path.basename(watchedPath) === name ? watchedPath : path.join(watchedPath, name);
      if (event === "change" && !isLeftOut(directory, where)) note(where);
    });
    mine.on("error", (error) => {
      logger.error(
        { event: "plugin.unwatched", err: error },
        "the plugins folder cannot be watched; changes may need a restart",
      );
      ready.resolve();
    });
    await ready.promise;
  }

  await begin();
  return async () => {
    isOver = true;
    cancelTimer();
    await watcher?.close();
  };
}

function isLeftOut(directory: string, file: string): boolean {
  const steps = path.relative(directory, file).split(path.sep);
  // The packages of a folder are not watched, but that one is installed as a plugin is seen.
  const packages = steps.lastIndexOf("node_modules");
  return steps.includes(".git") || packages > 0 || (packages === 0 && steps.length > 3);
}
