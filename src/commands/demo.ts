import { cpSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { Command, Option } from "commander";
import { parseDuration, printDuration } from "../durations.ts";
import { HubhandError, messageOf } from "../errors.ts";
import { PACKAGE_ROOT } from "../own-files.ts";
import type { ServiceClient } from "../service/index.ts";
import { examples } from "./command-line/examples.ts";
import { type Child, type ChildLine, startChild } from "./demo/child.ts";
import { listenForStop } from "./process/stop-signal.ts";

const DEVICE_ID = "demo-device";
const METHOD = "DeviceMethod";
const PAYLOAD = { method_number: "42" };
/** The whole demo has a minute to its first answer; each part has half of it. */
const PART_LIMIT_MS = 30_000;

const CONFIG_FILE = path.join(PACKAGE_ROOT, "config/demo.yaml");
/** Below node_modules nothing is written, and Node runs no TypeScript there. */
const IS_INSTALLED = PACKAGE_ROOT.split(path.sep).includes("node_modules");
/** Where config/demo.yaml looks for the hub's CA, in a checkout. */
const DATA_DIRECTORY = path.join(IS_INSTALLED ? process.cwd() : PACKAGE_ROOT, ".hubhand/hub");

const EXAMPLES = examples([
  ["hubhand demo", "a call every five seconds, until Ctrl-C"],
  ["hubhand demo --once", "one, and an exit status that says whether it was right"],
  ["hubhand demo --every 1s --data-dir demo-data", "faster, and with a folder of your own"],
]);

interface DemoOptions {
  readonly once?: boolean;
  readonly every: string;
  readonly dataDir: string;
}

/** The verb `demo`: a local hub, an agent beside it, and calls from Microsoft's service SDK; all of it real. */
export function demoCommand(): Command {
  return new Command("demo")
    .description("show it all on this machine: a local IoT Hub, a device agent, and calls to it")
    .option("--once", "one call; exit 0 only if its reply is right")
    .option("--every <duration>", "how long to wait between calls", "5s")
    .addOption(
      new Option("--data-dir <folder>", "where the hub keeps its CA and its devices").default(
        DATA_DIRECTORY,
        ".hubhand/hub",
      ),
    )
    .addHelpText("after", EXAMPLES)
    .action((options: DemoOptions) => demo(options));
}

async function demo({ once = false, every, dataDir }: DemoOptions): Promise<void> {
  const everyMs = parseDuration(every);
  if (everyMs === undefined) {
    throw new HubhandError("CONFIG_INVALID", `--every: "${every}" is not a duration; expected one like 5s`);
  }
  const signals = listenForStop();
  const children: Child[] = [];
  let stopping = false;
  const start = (options: Parameters<typeof startChild>[0]): Child => {
    const child = startChild(options);
    children.push(child);
    return child;
  };
  try {
    const work = show({
      once,
      everyMs,
      dataDirectory: path.resolve(dataDir),
      start,
      isStopping: () => stopping,
    });
    await Promise.race([work, signals.asked]);
  } finally {
    stopping = true;
    // The agent before its hub: so it can say goodbye.
    for (const child of children.reverse()) await child.stop();
  }
}

interface Stage {
  readonly once: boolean;
  readonly everyMs: number;
  readonly dataDirectory: string;
  start(options: Parameters<typeof startChild>[0]): Child;
  isStopping(): boolean;
}

async function show(stage: Stage): Promise<void> {
  print("hubhand demo: a local IoT Hub, a device agent, and a back end that calls it.\n");
  const hub = await startHub(stage);
  const { createServiceClient } = await import("../service/index.ts");
  const service = createServiceClient({
    connectionString: text(hub.line.serviceConnectionString),
    origin: "the local hub",
    caFile: text(hub.line.caFile),
  });
  const { primaryKey } = await service.ensureDevice(DEVICE_ID);
  const connectionString = `HostName=localhost:${hub.line.mqttPort};DeviceId=${DEVICE_ID};SharedAccessKey=${primaryKey}`;
  const agent = await startAgent(stage, connectionString);
  print(
    `hub      localhost, MQTT port ${hub.line.mqttPort}, HTTPS port ${hub.line.httpsPort} (pid ${hub.child.pid})`,
  );
  print(`agent    ${DEVICE_ID}, configured by config/demo.yaml (pid ${agent.child.pid})`);
  print(`page     ${agent.url}/`);
  print(`metrics  ${agent.url}/metrics`);
  print(`health   ${agent.url}/readyz and ${agent.url}/livez\n`);

  void hub.child.exited.then(() => {
    if (stage.isStopping()) return;
    const folder = path.relative(process.cwd(), stage.dataDirectory) || ".";
    print("The hub is gone. The agent goes on trying; start the hub again with");
    print(
      `  npx hubhand hub --mqtt-port ${hub.line.mqttPort} --https-port ${hub.line.httpsPort} --data-dir ${folder}\n`,
    );
  });
  const agentGone = agent.child.exited.then(({ code, signal }) => {
    throw new HubhandError("INTERNAL", `the agent ended with ${signal ?? `exit code ${code}`}`);
  });
  await Promise.race([agentGone, calls(stage, service, agent.child)]);
}

async function startHub({
  start,
  dataDirectory,
  isStopping,
}: Stage): Promise<{ child: Child; line: ChildLine }> {
  const child = start({
    args: ["hub", "--mqtt-port", "0", "--https-port", "0", "--data-dir", dataDirectory, "--json"],
    env: process.env,
    onLine: () => {},
  });
  const line = await child.waitFor(
    "the local hub did not start",
    ({ event }) => event === "listening",
    PART_LIMIT_MS,
  );
  if (isStopping()) throw new HubhandError("INTERNAL", "stopped while starting");
  return { child, line };
}

/** The agent knows its connection string and its configuration file, as on a device. */
async function startAgent(stage: Stage, connectionString: string): Promise<{ child: Child; url: string }> {
  const elsewhere = IS_INSTALLED || stage.dataDirectory !== DATA_DIRECTORY;
  const { PATH, HOME, TZ } = process.env;
  let begun = false;
  const child = stage.start({
    args: ["run", "--config", CONFIG_FILE],
    env: {
      PATH,
      HOME,
      TZ,
      HUBHAND_CONNECTION_STRING: connectionString,
      HUBHAND_STATE_DIRECTORY: path.join(stage.dataDirectory, "agent"),
      ...(elsewhere ? { HUBHAND_HUB_CA_FILE: path.join(stage.dataDirectory, "ca.pem") } : {}),
      ...(IS_INSTALLED ? { HUBHAND_PLUGINS_DIRECTORY: copyPlugins(stage.dataDirectory) } : {}),
    },
    onLine(line) {
      // Getting online the first time is told with the addresses.
      if (!stage.isStopping() && (begun || isCall(line))) narrate(line);
    },
  });
  const listening = child.waitFor(
    "the agent did not start",
    ({ url }) => typeof url === "string",
    PART_LIMIT_MS,
  );
  const online = child.waitFor(
    "the agent did not get online",
    ({ state }) => state === "online",
    PART_LIMIT_MS,
  );
  // On a slow machine the link is there before the plugin is.
  const serving = child.waitFor(
    "the agent's plugin did not start",
    ({ methods }) => Array.isArray(methods) && methods.includes(METHOD),
    PART_LIMIT_MS,
  );
  const [{ url }] = await Promise.all([listening, online, serving]);
  begun = true;
  return { child, url: text(url) };
}

/** Where the agent finds the demo's plugins if it cannot run them where they lie. */
function copyPlugins(dataDirectory: string): string {
  const copy = path.join(dataDirectory, "plugins");
  cpSync(path.join(PACKAGE_ROOT, "examples/demo"), copy, { recursive: true });
  return copy;
}

/** A line of the example plugin about a call: it has the count, and what it was called with. */
const isCall = ({ callbackCount, payload }: ChildLine): boolean =>
  callbackCount !== undefined && payload !== undefined;

/** What the device side saw: its plugin's lines, and whatever went wrong. */
function narrate(line: ChildLine): void {
  if (isCall(line)) print(`  device    ${text(line.msg)}, with ${JSON.stringify(line.payload)}`);
  else if (line.level !== "info" || line.state === "online") print(`agent    ${text(line.msg)}`);
}

/** The first call must be right; later ones may meet a hub that somebody stopped, and say so. */
async function calls(stage: Stage, service: ServiceClient, agent: Child): Promise<void> {
  const { once, everyMs, isStopping } = stage;
  const seen = agent.waitFor("the device did not log the call", isCall, PART_LIMIT_MS);
  await Promise.all([callOnce(service), seen]);
  if (once) return;
  print(`Calling again every ${printDuration(everyMs)}; Ctrl-C stops everything.\n`);
  for (;;) {
    await setTimeout(everyMs, undefined, { ref: false }); // Nothing to wait for once the children are gone.
    if (isStopping()) return;
    await callOnce(service).catch((error: unknown) => print(`  failed    ${messageOf(error)}\n`));
  }
}

async function callOnce(service: ServiceClient): Promise<void> {
  print(`Calling ${METHOD} on ${DEVICE_ID} …`);
  const response = await service.invokeMethod({
    deviceId: DEVICE_ID,
    methodName: METHOD,
    payload: PAYLOAD,
    responseTimeoutSeconds: 30,
    connectTimeoutSeconds: 10,
  });
  print(`  method    ${METHOD}`);
  print(`  payload   ${JSON.stringify(PAYLOAD)}`);
  print(`  status    ${response.status}`);
  print(`  response  ${JSON.stringify(response.payload)}\n`);
  if (response.status !== 200 || !isRightAnswer(response.payload)) {
    throw new HubhandError("INTERNAL", "the device's reply is not the one that its plugin gives");
  }
}

const isRightAnswer = (payload: unknown): boolean =>
  JSON.stringify(payload) === JSON.stringify({ Response: "This is the response from the device" });

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const text = (value: unknown): string => (typeof value === "string" ? value : "");
