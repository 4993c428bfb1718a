import { stat } from "node:fs/promises";
import type { Clock } from "../clock.ts";
import { SECOND } from "../durations.ts";

const LOOK_EVERY_MS = 5 * SECOND;

/**
 * Notices that one of a few files is another one than before: written anew, replaced, gone or back. It looks every five
 * seconds rather than being told: secrets are mounted as links to links that are swapped (Kubernetes), which file events
 * do not tell reliably, nor do they on network file systems.
 * @returns stops watching
 */
export function watchFiles(
  files: readonly string[],
  { clock, changed }: { clock: Clock; changed: () => void },
): () => void {
  if (files.length === 0) return () => {};
  let stopped = false;
  let cancel = (): void => {};
  let before: string | undefined;

  async function look(): Promise<void> {
    const now = (await Promise.all(files.map(signatureOf))).join("\n");
    if (stopped) return;
    const isChange = before !== undefined && before !== now;
    before = now;
    cancel = clock.setTimer(LOOK_EVERY_MS, () => void look());
    if (isChange) changed();
  }

  void look();
  return () => {
    stopped = true;
    cancel();
  };
}

async function signatureOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unreadable";
  }
}
