import { beforeAll, expect, test } from "vitest";
import { devicesCommand } from "../../src/commands/devices.ts";
import { connectDevice } from "../local-hub/support/clients.ts";
import { cleanUpAfterAll } from "../support/clean-up.ts";
import { type HubScene, linesOf, runVerb, startHubScene } from "./support/run-verb.ts";

const cleanUp = cleanUpAfterAll();
const SINCE = "2026-11-30T08:05:11.204Z";
let scene: HubScene;

beforeAll(async () => {
  scene = await startHubScene(cleanUp, { devices: ["a", "b", "c", "o'd"] });
  const { hub } = scene;
  for (const [deviceId, version] of Object.entries({ a: "0.10.0", b: "0.9.0", c: "0.10.0" })) {
    hub.twins.report(deviceId, { agent: { version } });
  }
  hub.twins.report("a", { agent: { revision: "2026.11.2", since: SINCE } });
  hub.twins.patch("a", { tags: { site: "x" } });
  hub.twins.patch("o'd", { tags: { site: "x\u001b[2J" } });
  await hub.registry.update({ deviceId: "c", status: "disabled" });
  await hub.modules.create({ deviceId: "b", moduleId: "camera" });
  const device = await connectDevice({ hub, deviceId: "b" });
  cleanUp.add(() => device.close());
});

const UNTOLD = { version: null, revision: null, since: null };

const devices = (...args: string[]) => runVerb(devicesCommand, [...args, ...scene.flags], { env: scene.env });

/** The first words of the table's lines. */
const idsIn = (output: string): string[] =>
  linesOf(output)
    .slice(1, -1)
    .map((line) => line.split(" ")[0] ?? "");

test("lists each device with its state, activity and version, and says what they come to", async () => {
  const { output, errors, exitCode } = await devices();
  expect(linesOf(output)).toEqual([
    "DEVICE  STATE         LAST ACTIVITY         VERSION  REVISION",
    "a       disconnected  never                 0.10.0   2026.11.2",
    expect.stringMatching(/^b {7}connected {5}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}0\.9\.0 {4}-$/),
    "c       disabled      never                 0.10.0   -",
    "o'd     disconnected  never                 -        -",
    "4 devices: 2 disconnected, 1 connected, 1 disabled; 2 × 0.10.0, 1 × 0.9.0, 1 × no version",
  ]);
  expect({ errors, exitCode }).toEqual({ errors: "", exitCode: 0 });
});

test("--json prints a line for each, with all that is known", async () => {
  const { output } = await devices("--json", "--tags", "--query", "tags.site = 'x'");
  expect(linesOf(output).map((line) => JSON.parse(line))).toEqual([
    {
      deviceId: "a",
      state: "disconnected",
      lastActivity: null,
      version: "0.10.0",
      revision: "2026.11.2",
      since: SINCE,
      tags: { site: "x" },
    },
  ]);
});

test("what stands in a tag cannot steer the terminal", async () => {
  const { output } = await devices("--tags", "--query", "tags.site != 'x'");
  expect(output).toContain('{"site":"x\\u001b[2J"}');
});

test("sorts by id, state, activity and version, by numbers as one counts", async () => {
  expect(idsIn((await devices("--sort", "version")).output)).toEqual(["o'd", "b", "a", "c"]);
  expect(idsIn((await devices("--sort", "activity")).output)).toEqual(["a", "c", "o'd", "b"]);
  expect(idsIn((await devices("--sort", "state")).output)).toEqual(["b", "c", "a", "o'd"]);
});

test("asks for no more than it prints, and says that there may be more", async () => {
  const { output } = await devices("--limit", "2");
  expect(idsIn(output)).toEqual(["a", "b"]);
  expect(output).toContain("--limit");
});

test("all are written as a job writes it, too", async () => {
  expect(idsIn((await devices("--query", "*")).output)).toEqual(idsIn((await devices()).output));
});

test("--modules lists modules", async () => {
  const { output } = await devices("--modules", "--json");
  expect(linesOf(output).map((line) => JSON.parse(line))).toEqual([
    { deviceId: "b", moduleId: "camera", state: "disconnected", lastActivity: null, ...UNTOLD },
  ]);
});

test("--by counts in the hub, the most first", async () => {
  expect(linesOf((await devices("--by", "version")).output)).toEqual([
    "DEVICES  SHARE   VERSION",
    "2        50.0 %  0.10.0",
    expect.stringMatching(/^1 {8}25\.0 % {2}/),
    expect.stringMatching(/^1 {8}25\.0 % {2}/),
  ]);
  expect(linesOf((await devices("--by", "revision")).output)).toEqual([
    "DEVICES  SHARE   REVISION",
    "3        75.0 %  (none)",
    "1        25.0 %  2026.11.2",
  ]);
  expect(linesOf((await devices("--by", "state")).output)[1]).toMatch(/ disconnected$/);
  const { output } = await devices("--by", "tags.site", "--query", "deviceId IN ['a', 'b']", "--json");
  const groups = linesOf(output).map((line) => JSON.parse(line));
  expect(groups).toContainEqual({ value: "x", devices: 1 });
  expect(groups).toContainEqual({ value: null, devices: 1 });
});

test("nobody who fits is an empty list, and no failure", async () => {
  expect(await devices("--query", "deviceId = 'z'")).toMatchObject({ output: "0 devices\n", exitCode: 0 });
});

test.each([
  [["--limit", "0"], "expected a whole number from 1"],
  [["--by", "version", "--tags"], "--by counts, and lists nothing"],
  [["--query", "tags."], "at character"],
])("%j ends with 78", async (args, told) => {
  expect(await devices(...args)).toMatchObject({ exitCode: 78, errors: expect.stringContaining(told) });
});
