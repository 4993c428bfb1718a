import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import {
  type LocalHub,
  type LocalHubEvent,
  type LocalHubOptions,
  startLocalHub,
} from "../../../src/local-hub/index.ts";

type EventOf<Name extends LocalHubEvent["event"]> = Extract<LocalHubEvent, { event: Name }>;

export interface TestHub {
  hub: LocalHub;
  /** All that happened so far. */
  events: LocalHubEvent[];
  /** The `count`th event (the first if absent) of this name that fits, when it comes; it may have come already. */
  seen<Name extends LocalHubEvent["event"]>(
    name: Name,
    options?: { fits?: (event: EventOf<Name>) => boolean; count?: number },
  ): Promise<EventOf<Name>>;
}

const LIMIT_MS = 15_000;

/** A hub on free ports, with these devices, that ends with the test. */
export async function startTestHub(
  options: LocalHubOptions & { devices?: readonly string[] } = {},
): Promise<TestHub> {
  const { devices = [], ...hubOptions } = options;
  const events: LocalHubEvent[] = [];
  const watchers = new Set<() => void>();
  const hub = await startLocalHub({
    ...hubOptions,
    log(event) {
      events.push(event);
      for (const watch of watchers) watch();
    },
  });
  onTestFinished(() => hub.stop());
  for (const deviceId of devices) await hub.registry.create({ deviceId });

  function seen<Name extends LocalHubEvent["event"]>(
    name: Name,
    { fits = () => true, count = 1 }: { fits?: (event: EventOf<Name>) => boolean; count?: number } = {},
  ): Promise<EventOf<Name>> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        watchers.delete(watch);
        reject(new Error(`no "${name}" came; what came: ${JSON.stringify(events)}`));
      }, LIMIT_MS);
      const watch = () => {
        const found = events.filter(
          (event): event is EventOf<Name> => event.event === name && fits(event as EventOf<Name>),
        )[count - 1];
        if (found === undefined) return;
        clearTimeout(timer);
        watchers.delete(watch);
        resolve(found);
      };
      watchers.add(watch);
      watch();
    });
  }

  return { hub, events, seen };
}

/** An empty folder that goes with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "local-hub-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
