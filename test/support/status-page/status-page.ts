import { pino } from "pino";
import { systemClock } from "../../../src/clock.ts";
import type { StatusSources } from "../../../src/observe/status-page/sections.ts";
import type { StatusSnapshot } from "../../../src/observe/status-page/snapshot.ts";
import { createStatusPage, type StatusPageOptions } from "../../../src/observe/status-page/status-page.ts";
import { startFace } from "../agent/http-face.ts";
import type { CleanUp } from "../clean-up.ts";

/** How an agent is that has just come online, and was asked nothing yet. */
export const QUIET: Omit<StatusSnapshot, "at" | "control"> = {
  agent: {
    version: "1.2.3",
    commit: "abc",
    node: "v24.0.0",
    host: "pi",
    platform: "linux arm64",
    startedAt: "2026-01-01T00:00:00.000Z",
    residentBytes: 64 * 1024 * 1024,
    logLevel: { level: "info", configured: "info" },
    ready: true,
    problems: [],
  },
  link: {
    state: "online",
    since: "2026-01-01T00:00:01.000Z",
    way: "mqtt",
    identity: { hub: "hub.example", device: "pi-1", proof: "symmetric-key" },
    connects: 1,
    failures: 0,
    checkEveryMs: 600_000,
    deaf: false,
    history: [{ at: "2026-01-01T00:00:01.000Z", state: "online" }],
  },
  methods: [],
  calls: [],
  plugins: [],
  tasks: [],
  outbox: { messages: 0, bytes: 0, limitMessages: 1000, limitBytes: 1_000_000, onDisk: true, dropped: {} },
  inbox: { waiting: 0 },
  twin: { on: false, refused: [], absent: [] },
  jobs: { running: 0 },
};

type Told = { -readonly [Section in keyof typeof QUIET]: (typeof QUIET)[Section] };

/** A status page over real HTTP. What `told` holds is what it shows: change it, and the page does. */
export async function servePage(cleanUp: CleanUp, options: Partial<StatusPageOptions> = {}) {
  const told: Told = { ...QUIET };
  const asked = { count: 0 };
  const sources = Object.fromEntries(
    Object.keys(QUIET).map((name) => [
      name,
      () => {
        if (name === "agent") asked.count += 1;
        return told[name as keyof Told];
      },
    ]),
  ) as unknown as StatusSources;
  const page = createStatusPage({
    sources,
    clock: systemClock,
    logger: pino({ level: "silent" }),
    redact: (text) => text,
    ...options,
  });
  const face = await startFace(cleanUp, { mount: page.mount });
  const stop = async (): Promise<void> => {
    page.stop();
    await face.stop();
  };
  cleanUp.add(stop);
  return { url: face.url, told, asked, stop };
}
