import { Command, InvalidArgumentError } from "commander";
import { HubhandError } from "../errors.ts";
import { HubError, type LocalHub, type LocalHubEvent, startLocalHub } from "../local-hub/index.ts";
import { writeConnectionStrings } from "./hub-files.ts";
import { listenForStop } from "./stop-signal.ts";

interface HubOptions {
  readonly host: string;
  readonly mqttPort: number;
  readonly httpsPort: number;
  readonly dataDir?: string;
  readonly device: readonly string[];
  readonly hostName: readonly string[];
  readonly writeConnectionStrings?: string;
  readonly json?: boolean;
}

/**
 * The verb `hub`: an IoT Hub on this machine, until a signal ends it. Printing connection strings, keys included, is its
 * purpose: they open nothing but this hub, and whoever starts it needs them. Events never carry a key.
 *
 * With --json, standard output is one JSON object a line: the first is
 * `{event:"listening",mqttPort,httpsPort,caFile,ca,serviceConnectionString,devices:{id:connectionString}}`, where caFile
 * is null without a data folder; then one per event, with its time.
 *
 * Its action throws HubhandError: PORT_IN_USE (exit code 75), CONFIG_INVALID (78).
 */
export function hubCommand(): Command {
  return new Command("hub")
    .description("run an IoT Hub on this machine, for development and tests")
    .option("--host <address>", "the address to listen on; 0.0.0.0 for all", "127.0.0.1")
    .option(
      "--mqtt-port <port>",
      "the port for devices (MQTT over TLS); 0 takes any free one",
      readPort,
      8883,
    )
    .option(
      "--https-port <port>",
      "the port for services (REST over HTTPS) and for devices' WebSockets; 0 takes any free one",
      readPort,
      443,
    )
    .option(
      "--data-dir <folder>",
      "keep the certificate authority and the devices here; else nothing is kept",
    )
    .option(
      "--device <id>",
      "have a device of this id, made if it is not there; may be repeated",
      collect,
      [],
    )
    .option("--host-name <name>", "one more name clients reach the hub by; may be repeated", collect, [])
    .option(
      "--write-connection-strings <folder>",
      "write the CA and all connection strings there, for the first --host-name; a file each",
    )
    .option("--json", "print JSON lines")
    .action(runHub);
}

async function runHub(options: HubOptions): Promise<void> {
  const signals = listenForStop();
  const print = options.json ? printEvent : describeEvent;
  // What happens before the first line is told after it: who reads the lines waits for that one.
  const early: LocalHubEvent[] = [];
  let log = (event: LocalHubEvent): unknown => early.push(event);
  const hub = await start(options, (event) => log(event));
  try {
    const devices = await ensureDevices(hub, options.device);
    const folder = options.writeConnectionStrings;
    if (folder !== undefined) {
      await writeConnectionStrings(hub, { folder, hostName: options.hostName[0] ?? "localhost" });
    }
    if (options.json) printJson({ event: "listening", ...listening(hub), devices });
    else process.stdout.write(introduction(hub, { devices, hostNames: options.hostName }));
    early.forEach(print);
    log = print;
    await signals.asked;
    void signals.insisted.then(() => process.exit(1));
  } finally {
    await hub.stop();
  }
  // At once: a process that just ends takes its signal handlers off first, and the second half of a Ctrl-C that arrives
  // twice would kill it.
  process.exit();
}

function start(options: HubOptions, log: (event: LocalHubEvent) => void): Promise<LocalHub> {
  const { host, mqttPort, httpsPort, dataDir: dataDirectory, hostName: hostNames } = options;
  const folder = dataDirectory === undefined ? {} : { dataDirectory };
  return startLocalHub({ host, mqttPort, httpsPort, hostNames, log, ...folder }).catch((error: unknown) => {
    throw inTermsOfFlags(error);
  });
}

/** The hub speaks of its options; who typed a command knows them as flags. */
function inTermsOfFlags(error: unknown): unknown {
  if (!(error instanceof HubhandError) || error.code !== "PORT_IN_USE") return error;
  const message = error.message
    .replace(/\b(an?other|an?) mqttPort\b/, "$1 --mqtt-port")
    .replace(/\b(an?other|an?) httpsPort\b/, "$1 --https-port");
  return new HubhandError(error.code, message, { details: error.details, cause: error.cause });
}

async function ensureDevices(hub: LocalHub, deviceIds: readonly string[]): Promise<Record<string, string>> {
  for (const deviceId of new Set(deviceIds)) {
    if (hub.registry.get(deviceId) !== undefined) continue;
    await hub.registry.create({ deviceId }).catch((error: unknown) => {
      if (!(error instanceof HubError)) throw error;
      throw new HubhandError("CONFIG_INVALID", `--device ${JSON.stringify(deviceId)}: ${error.message}`);
    });
  }
  return Object.fromEntries(
    hub.registry.list().map(({ deviceId }) => [deviceId, hub.deviceConnectionString(deviceId)]),
  );
}

function listening(hub: LocalHub): Record<string, unknown> {
  const { mqttPort, httpsPort, caFile, ca, serviceConnectionString } = hub;
  return { mqttPort, httpsPort, caFile: caFile ?? null, ca, serviceConnectionString };
}

function introduction(
  hub: LocalHub,
  options: { devices: Record<string, string>; hostNames: readonly string[] },
): string {
  const { caFile } = hub;
  const devices = Object.entries(options.devices);
  const [firstId, firstConnectionString] = devices[0] ?? ["<device>", "<its connection string>"];
  const lines = [
    "hubhand local hub: an IoT Hub on this machine.",
    "",
    `devices   localhost:${hub.mqttPort} (MQTT over TLS, listening on ${hub.host})`,
    `services  localhost:${hub.httpsPort} (REST over HTTPS; devices: MQTT over WebSockets)`,
    `CA        ${caFile ?? "in memory only; --data-dir <folder> writes it to <folder>/ca.pem, and keeps the devices"}`,
    ...options.hostNames.map((name) => `also as   ${name} (put it in place of localhost)`),
    "",
    "Service connection string:",
    `  ${hub.serviceConnectionString}`,
    ...devices.flatMap(([id, connectionString]) => [
      "",
      `Connection string of device ${id}:`,
      `  ${connectionString}`,
    ]),
    "",
    ...(devices.length === 0 ? ["No device yet: --device <id> makes one.", ""] : []),
    "Run the agent as a device, in another terminal:",
    `  HUBHAND_CONNECTION_STRING='${firstConnectionString}' \\`,
    `  HUBHAND_HUB_CA_FILE=${caFile ?? "<folder>/ca.pem"} npx hubhand run`,
    "Call it, in a third:",
    `  IOTHUB_CONNECTION_STRING='${hub.serviceConnectionString}' \\`,
    `  npx hubhand call --ca-file ${caFile ?? "<folder>/ca.pem"} ${firstId} hubhand.ping`,
    "",
    "Ctrl-C stops it.",
    "",
  ];
  return `${lines.join("\n")}\n`;
}

/** One line for a person. */
function describe(event: LocalHubEvent): string {
  const who = nameOf(event);
  switch (event.event) {
    case "connected":
      return `${who} connected from ${event.remote}${event.online ? ", its session kept" : ""}`;
    case "disconnected":
      return `${who} disconnected: ${event.reason}`;
    case "refused":
      return `refused ${who} from ${event.remote}: ${event.reason}`;
    case "subscribed":
      return `${who} subscribed to ${event.topics.join(", ")}`;
    case "message":
      return `${who} sent a message of ${event.bytes} bytes`;
    case "method-waiting":
      return `${who} ${event.methodName}: waiting for it to connect`;
    case "method-called": {
      const status = event.status === undefined ? "" : ` with status ${event.status}`;
      return `${who} ${event.methodName}: ${event.outcome}${status} after ${event.durationMs} ms`;
    }
    case "reply-ignored":
      return `${who} sent a method reply that was ignored: ${event.reason}`;
    case "device-changed":
    case "module-changed":
      return `${who} was ${event.change}`;
    case "connection-error":
      return `a ${event.face} connection from ${event.remote} failed: ${event.reason}`;
    case "fault":
      return `fault of the hub: ${event.reason}`;
  }
}

/** `device`, or `device/module`. */
function nameOf(
  event: { deviceId?: string; moduleId?: string } | { event: "connection-error" | "fault" },
): string {
  if (!("deviceId" in event) || event.deviceId === undefined) return "a caller";
  return event.moduleId === undefined ? event.deviceId : `${event.deviceId}/${event.moduleId}`;
}

function describeEvent(event: LocalHubEvent): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 23)} ${describe(event)}\n`);
}

function printEvent(event: LocalHubEvent): void {
  printJson({ time: new Date().toISOString(), ...event });
}

function printJson(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError("A port is a number from 0 to 65535.");
  return port;
}

function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}
