import path from "node:path";
import { Command, Option } from "commander";
import { parseDuration } from "../durations.ts";
import { HubhandError } from "../errors.ts";
import { examples } from "./command-line/examples.ts";
import { calls } from "./demo/calls.ts";
import { type Child, type ChildOptions, startChild } from "./demo/child.ts";
import { print, text } from "./demo/narration.ts";
import { startAgent, startHub } from "./demo/parts.ts";
import { DATA_DIRECTORY, DEVICE_ID, type Stage } from "./demo/stage.ts";
import { listenForStop } from "./process/stop-signal.ts";

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
  const start = (options: ChildOptions): Child => {
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
