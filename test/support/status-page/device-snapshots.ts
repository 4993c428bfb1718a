import { HOUR, MINUTE, SECOND } from "../../../src/durations.ts";
import type {
  MethodSection,
  PluginSection,
  RecentCall,
  StatusSnapshot,
} from "../../../src/observe/status-page/snapshot.ts";

const DAY = 24 * HOUR;

/** Milliseconds before now, as the status page has times. */
export const ago = (milliseconds: number): string => new Date(Date.now() - milliseconds).toISOString();

/** The same after now. */
export const ahead = (milliseconds: number): string => ago(-milliseconds);

/** What a snapshot has besides what the page adds. */
export type DeviceSnapshot = Omit<StatusSnapshot, "at" | "control">;

/** A device that has just come online, with nothing on it. */
export function emptyDevice(): DeviceSnapshot {
  return {
    agent: {
      version: "0.1.0",
      commit: "0123456789ab",
      node: "v24.21.0",
      host: "pi-1",
      platform: "linux arm64",
      startedAt: ago(90 * SECOND),
      residentBytes: 74_000_000,
      logLevel: { level: "info", configured: "info" },
      bootCount: 1,
      ready: true,
      problems: [],
    },
    link: {
      state: "online",
      since: ago(80 * SECOND),
      way: "mqtt",
      identity: { hub: "plant-7.azure-devices.net", device: "pi-1", proof: "key" },
      connects: 1,
      failures: 0,
      checkedAt: ago(20 * SECOND),
      checkEveryMs: 10 * MINUTE,
      deaf: false,
      history: [
        { at: ago(88 * SECOND), state: "connecting" },
        { at: ago(80 * SECOND), state: "online" },
      ],
    },
    methods: [],
    calls: [],
    plugins: [],
    tasks: [],
    outbox: {
      messages: 0,
      bytes: 0,
      limitMessages: 10_000,
      limitBytes: 10_485_760,
      onDisk: true,
      dropped: {},
    },
    inbox: { waiting: 0 },
    twin: { on: false, refused: [], absent: [] },
    jobs: { running: 0 },
  };
}

/** A method that is called now and then; its times come from its name, so that each run draws the same. */
export function method(name: string, plugin: string, more: Partial<MethodSection> = {}): MethodSection {
  const seed = [...name].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0);
  const base = 8 + (seed % 60);
  const sparkline = Array.from({ length: 60 }, (_, at) => {
    const wave = Math.abs(Math.sin(seed + at * 1.7) + Math.sin(at / 5 + seed) * 0.6);
    return (seed + at * 7) % 5 === 0 ? null : Math.round(base * (0.7 + wave));
  });
  return {
    name,
    plugin,
    calls: seed * 3,
    errors: 0,
    perMinute: seed % 14,
    inFlight: 0,
    p50Ms: base,
    p95Ms: base * 2.4,
    sparkline,
    ...more,
  };
}

/** One of the agent's own, that nobody has called. */
const idle = (name: string): MethodSection => ({
  name,
  plugin: "hubhand",
  calls: 0,
  errors: 0,
  perMinute: 0,
  inFlight: 0,
  sparkline: Array(60).fill(null),
});

export const call = (method: string, before: number, more: Partial<RecentCall> = {}): RecentCall => ({
  at: ago(before),
  method,
  requestId: `r-${method}-${before}`,
  status: 200,
  outcome: "ok",
  ms: 8 + (before % 97),
  ...more,
});

export const plugin = (name: string, more: Partial<PluginSection> = {}): PluginSection => ({
  name,
  kind: "module",
  up: true,
  version: "1.0.0",
  restarts: 0,
  methods: [name],
  log: [],
  ...more,
});

/** A device that has worked for weeks, with one thing or another to tell of each part. */
export function fullDevice(): DeviceSnapshot {
  const empty = emptyDevice();
  const plugins = [
    plugin("room-climate", {
      version: "2.3.1",
      methods: ["climate.read", "climate.calibrate"],
      log: [
        { at: ago(9 * MINUTE), level: "info", text: "sensor BME280 found on bus 1, address 0x76" },
        { at: ago(4 * MINUTE), level: "warn", text: "reading took 812 ms; the bus is busy" },
        { at: ago(40 * SECOND), level: "info", text: "21.4 °C, 46 % relative humidity" },
      ],
    }),
    plugin("gate", {
      kind: "daemon",
      methods: ["gate.open", "gate.close", "gate.state"],
      restarts: 2,
      log: [
        { at: ago(2 * HOUR), level: "error", text: "serial port /dev/ttyUSB0 vanished" },
        { at: ago(2 * HOUR - 5 * SECOND), level: "info", text: "started; firmware 4.1" },
      ],
    }),
    plugin("disk-space", { kind: "executable", methods: ["disk.free"] }),
    plugin("camera", { kind: "http", version: "0.9.0", methods: ["camera.snapshot"] }),
  ];
  return {
    ...empty,
    agent: {
      ...empty.agent,
      host: "pi-gate-12",
      startedAt: ago(19 * DAY),
      residentBytes: 96_000_000,
      bootCount: 12,
      lastExit: "restart",
    },
    link: {
      ...empty.link,
      since: ago(74 * MINUTE),
      identity: { hub: "plant-7.azure-devices.net", device: "pi-gate-12", proof: "X.509 certificate" },
      connects: 31,
      failures: 44,
      checkedAt: ago(2 * MINUTE),
      certificateEndsAt: ahead(212 * DAY),
      lastFailure: {
        at: ago(75 * MINUTE),
        class: "network",
        message: "no answer: a firewall may drop the port [plant-7.azure-devices.net:8883]",
      },
      history: [
        { at: ago(5.6 * HOUR), state: "connecting" },
        { at: ago(5.59 * HOUR), state: "online" },
        {
          at: ago(3 * HOUR),
          failure: "lost",
          reason: "closed-online",
          message: "the hub ended the connection",
        },
        { at: ago(3 * HOUR), state: "connecting" },
        { at: ago(3 * HOUR - 9 * SECOND), state: "online" },
        {
          at: ago(82 * MINUTE),
          failure: "lost",
          reason: "no-pong",
          message: "the hub did not answer a ping",
        },
        { at: ago(82 * MINUTE), state: "connecting" },
        {
          at: ago(81 * MINUTE),
          failure: "network",
          reason: "ETIMEDOUT",
          message: "no answer: a firewall may drop the port",
        },
        { at: ago(81 * MINUTE), state: "waiting" },
        { at: ago(75 * MINUTE), state: "connecting" },
        { at: ago(74 * MINUTE), state: "online" },
      ],
    },
    methods: [
      method("climate.read", "room-climate", {
        description: "Temperature, humidity and pressure of the room",
      }),
      method("climate.calibrate", "room-climate", { perMinute: 0, calls: 3 }),
      method("gate.open", "gate", {
        description: "Opens the gate, and says when it is open",
        inFlight: 1,
        errors: 7,
        lastError: {
          at: ago(26 * MINUTE),
          status: 408,
          outcome: "method_timed_out",
          text: "the handler did not answer within 10 s",
        },
      }),
      method("gate.close", "gate", { description: "Closes the gate" }),
      method("gate.state", "gate"),
      method("disk.free", "disk-space", { description: "How much room each disk has" }),
      method("camera.snapshot", "camera", { perMinute: 1 }),
      ...["hubhand.describe", "hubhand.logs", "hubhand.ping", "hubhand.restart"].map(idle),
    ],
    calls: [
      call("gate.state", 3 * SECOND),
      call("climate.read", 9 * SECOND),
      call("climate.read", 21 * SECOND),
      call("gate.close", 34 * SECOND, { ms: 2310 }),
      call("camera.snapshot", 48 * SECOND, { ms: 640 }),
      call("gate.open", 26 * MINUTE, { status: 408, outcome: "method_timed_out", ms: 10_004 }),
      call("disk.free", 27 * MINUTE),
      call("climate.read", 28 * MINUTE),
      call("climate.read", 29 * MINUTE),
      call("gate.state", 30 * MINUTE),
    ],
    plugins,
    tasks: [
      {
        task: "room-climate/measure",
        description: "Sends the climate of the room",
        timing: "every 5m",
        enabled: true,
        running: 0,
        next: ahead(2 * MINUTE + 40 * SECOND),
        last: { at: ago(2 * MINUTE + 20 * SECOND), outcome: "ok", ms: 212 },
      },
      {
        task: "close-at-night",
        timing: "0 22 * * *",
        enabled: true,
        running: 0,
        next: ahead(9 * HOUR),
        last: { at: ago(15 * HOUR), outcome: "ok", ms: 2400 },
      },
      { task: "camera/clean-up", timing: "0 3 * * 0", enabled: false, running: 0 },
    ],
    outbox: { ...empty.outbox, messages: 12, bytes: 4310, oldestAt: ago(8 * SECOND) },
    twin: { on: true, version: 48, refused: [], absent: [] },
    jobs: { running: 1 },
  };
}

/** The full device on a day when something is the matter with most parts. */
export function troubledDevice(): DeviceSnapshot {
  const full = fullDevice();
  return {
    ...full,
    agent: {
      ...full.agent,
      ready: false,
      problems: [{ part: "plugins", problem: "gate is down" }],
      logLevel: { level: "debug", configured: "info", until: ahead(8 * MINUTE) },
    },
    link: { ...full.link, certificateEndsAt: ahead(6 * DAY) },
    plugins: full.plugins.map((one) =>
      one.name === "gate" ? { ...one, up: false, problem: "it exited with 1; next start in 40 s" } : one,
    ),
    outbox: { ...full.outbox, messages: 9100, bytes: 8_900_000, dropped: { full: 31, expired: 4 } },
    twin: { ...full.twin, refused: ["plugins.gate.delay"], absent: ["plugins.lamp"] },
  };
}

/** The full device without its hub since some minutes. */
export function offlineDevice(): DeviceSnapshot {
  const full = fullDevice();
  const message = "no answer: a firewall may drop the port [plant-7.azure-devices.net:8883]";
  return {
    ...full,
    agent: { ...full.agent, ready: false, problems: [{ part: "link", problem: "waiting" }] },
    link: {
      ...full.link,
      state: "waiting",
      since: ago(20 * SECOND),
      nextAttemptAt: ahead(42 * SECOND),
      lastFailure: { at: ago(20 * SECOND), class: "network", message },
      history: [
        ...full.link.history,
        {
          at: ago(6 * MINUTE),
          failure: "lost",
          reason: "closed-online",
          message: "the connection was reset",
        },
        { at: ago(6 * MINUTE), state: "connecting" },
        { at: ago(20 * SECOND), failure: "network", reason: "ETIMEDOUT", message },
        { at: ago(20 * SECOND), state: "waiting" },
      ],
    },
    methods: full.methods.map((each) => ({ ...each, perMinute: 0, inFlight: 0 })),
  };
}
