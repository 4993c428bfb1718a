import { beforeAll, expect, test } from "vitest";
import { createWatcher } from "../../src/commands/watch/look.ts";
import { watchCommand } from "../../src/commands/watch.ts";
import { createServiceClient } from "../../src/service/index.ts";
import { connectDevice } from "../local-hub/support/clients.ts";
import { cleanUpAfterAll } from "../support/clean-up.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { type HubScene, linesOf, runVerb, startHubScene } from "./support/run-verb.ts";

const cleanUp = cleanUpAfterAll();
let scene: HubScene;

beforeAll(async () => {
  scene = await startHubScene(cleanUp, { devices: ["a", "b", "c"] });
  for (const deviceId of ["a", "b"]) {
    scene.hub.twins.report(deviceId, {
      agent: { version: "0.1.0", followsTwin: true },
      plugins: { relay: { up: true } },
    });
  }
});

/** Runs a watch whose pauses are these, one after the other; after the last it is stopped. */
async function watchWhile(args: readonly string[], pauses: readonly (() => unknown)[]) {
  const stop = new AbortController();
  const left = [...pauses];
  const sleep = async () => {
    const next = left.shift();
    if (next === undefined) stop.abort();
    else await next();
  };
  return await runVerb(watchCommand, [...args, ...scene.flags], {
    env: scene.env,
    listenForStop: () => stop.signal,
    sleep,
  });
}

/** Without the times. */
const told = (output: string): string[] => linesOf(output).map((line) => line.replace(/^\S+ +/, ""));

test("tells what is wrong at first, then what changes, until it is stopped", async () => {
  const { hub } = scene;
  let connected: Awaited<ReturnType<typeof connectDevice>> | undefined;
  const { output, errors, exitCode } = await watchWhile(
    ["--query", "deviceId IN ['a', 'b']"],
    [
      async () => {
        connected = await connectDevice({ hub, deviceId: "a" });
      },
      () => {
        hub.twins.patch("a", { properties: { desired: { logLevel: "debug" } } });
        hub.twins.report("b", { plugins: { relay: { up: false, problem: "exit code 1" } } });
      },
      async () => {
        hub.twins.report("a", {
          agent: { version: "0.2.0" },
          logLevel: { value: "debug", ac: 200, av: 2 },
        });
        await connected?.close();
        await waitUntil("the hub knows", () => !hub.isConnected("a"));
      },
      () => {},
    ],
  );
  expect(told(output)).toEqual([
    "a  disconnected",
    "b  disconnected",
    "a  connected",
    "a  logLevel is desired and not answered yet (desired version 2)",
    "b  plugin relay is down: exit code 1",
    "a  disconnected",
    "a  version 0.2.0, was 0.1.0",
    "a  logLevel is in force, or desired no longer",
  ]);
  expect(errors).toBe("Watching 2 devices, 0 connected, every 1m; Ctrl-C ends it.\n");
  expect(exitCode).toBe(0);
});

test("devices come and go", async () => {
  const { output } = await watchWhile(["--json", "--query", "IS_DEFINED(tags.watched)"], []);
  expect(output).toBe(
    `${JSON.stringify({ error: { code: "QUERY_EMPTY", message: "No device fits, so there is nothing to watch." } })}\n`,
  );
  scene.hub.twins.patch("c", { tags: { watched: true } });
  const seen = await watchWhile(
    ["--json", "--query", "IS_DEFINED(tags.watched)"],
    [
      () => scene.hub.twins.patch("b", { tags: { watched: true } }),
      () => scene.hub.twins.patch("c", { tags: { watched: null } }),
    ],
  );
  const lines = linesOf(seen.output).map((line) => JSON.parse(line));
  expect(lines.map(({ deviceId, event }) => [deviceId, event])).toEqual([
    ["c", "disconnected"],
    ["b", "appeared"],
    ["b", "disconnected"],
    ["b", "plugin-down"],
    ["c", "gone"],
  ]);
  expect(lines[0].at).toMatch(/^\d{4}-.*Z$/);
});

test("a hub that is away does not end it, and is told once", async () => {
  const { hub } = scene;
  const { output, errors, exitCode } = await watchWhile(
    ["c"],
    [
      () =>
        hub.faults.add({
          kind: "answer-error",
          code: "ServiceUnavailable",
          path: "/devices/query",
          count: 2,
        }),
      () => {},
      () => hub.twins.report("c", { agent: { version: "0.3.0" } }),
    ],
  );
  hub.faults.clear();
  expect(told(output)).toEqual(["c  disconnected", "c  version 0.3.0, was none"]);
  expect(told(errors).slice(1)).toEqual([expect.stringContaining("failed"), "The hub answers again."]);
  expect(exitCode).toBe(0);
});

test("asks for whole twins only where something has changed", async () => {
  const { hub } = scene;
  const client = createServiceClient({
    connectionString: hub.serviceConnectionString,
    origin: "test",
    ca: hub.ca,
  });
  const asked: string[] = [];
  const watcher = createWatcher({
    condition: undefined,
    client: {
      query(text) {
        asked.push(text);
        return client.query(text);
      },
    },
  });
  await watcher.look();
  hub.twins.report("a", { agent: { version: "0.4.0" } });
  await watcher.look();
  await watcher.look();
  const lean = "SELECT deviceId, status, connectionState, version FROM devices";
  expect(asked).toEqual([
    "SELECT * FROM devices",
    lean,
    "SELECT * FROM devices WHERE deviceId IN ['a']",
    lean,
  ]);
});

test.each([
  [["nobody"], 2, 'has no device "nobody"'],
  [["c", "--query", "*"], 78, "do not go together"],
  [["--every", "1s"], 78, "expected whole seconds from 5s to 3600s"],
])("%j ends with %i", async (args, exitCode, why) => {
  expect(await watchWhile(args, [])).toMatchObject({ exitCode, errors: expect.stringContaining(why) });
});
