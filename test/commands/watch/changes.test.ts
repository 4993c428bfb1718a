import { expect, test } from "vitest";
import { changesBetween, firstFindings } from "../../../src/commands/watch/changes.ts";
import { type DeviceFacts, readFacts } from "../../../src/commands/watch/device-facts.ts";
import { openWishes } from "../../../src/commands/watch/wishes.ts";

const GOOD: DeviceFacts = {
  state: "connected",
  version: "0.1.0",
  startedAt: "2026-05-01T06:00:00.000Z",
  connects: 1,
  down: new Map(),
  wishes: new Map(),
};

const words = (before: DeviceFacts, now: DeviceFacts) =>
  changesBetween(before, now).map(({ words: said }) => said);

test("what is as it was is no news", () => {
  expect(changesBetween(GOOD, { ...GOOD })).toEqual([]);
  expect(firstFindings(GOOD)).toEqual([]);
});

test.each<[Partial<DeviceFacts>, string[]]>([
  [{ state: "disconnected" }, ["disconnected"]],
  [
    { state: "disconnected", linkFailure: "lost (keepalive)" },
    ["disconnected; the last failure that it told was lost (keepalive)"],
  ],
  [{ state: "disabled" }, ["disabled"]],
  [{ version: "0.2.0" }, ["version 0.2.0, was 0.1.0"]],
  [{ revision: "2026.11.2" }, ["revision 2026.11.2, was none"]],
  [{ version: "0.2.0", revision: "2" }, ["version 0.2.0, was 0.1.0; revision 2, was none"]],
  [
    { startedAt: "2026-05-02T06:00:00.000Z", connects: 5, lastExit: "power-lost" },
    ["the agent started at 2026-05-02T06:00:00.000Z; the run before ended: power-lost"],
  ],
  [{ connects: 2 }, ["its link came back"]],
  [
    { connects: 4, linkFailure: "lost (keepalive)" },
    ["its link came back 3 times; the last failure: lost (keepalive)"],
  ],
  [{ down: new Map([["camera", "exit code 1"]]) }, ["plugin camera is down: exit code 1"]],
  [
    { wishes: new Map([["logLevel", { state: "waiting", version: 3 }]]) },
    ["logLevel is desired and not answered yet (desired version 3)"],
  ],
])("%j is told", (now, told) => {
  expect(words(GOOD, { ...GOOD, ...now })).toEqual(told);
});

test("that something is well again is told, too", () => {
  const bad: DeviceFacts = {
    ...GOOD,
    state: "disconnected",
    down: new Map([["camera", "x"]]),
    wishes: new Map([["logLevel", { state: "refused", why: "400" }]]),
  };
  expect(changesBetween(bad, GOOD).map(({ event }) => event)).toEqual(["connected", "plugin-up", "accepted"]);
});

test("of a device that is seen for the first time, what is wrong is told", () => {
  expect(firstFindings({ ...GOOD, state: "disconnected", down: new Map([["camera", "x"]]) })).toEqual([
    { event: "disconnected", words: "disconnected" },
    { event: "plugin-down", words: "plugin camera is down: x" },
  ]);
});

const twin = (desired: object, reported: object) => ({
  deviceId: "pi",
  status: "enabled",
  connectionState: "Connected",
  properties: {
    desired,
    reported: { agent: { followsTwin: true }, plugins: { relay: { up: true } }, ...reported },
  },
});

const metadata = (...names: string[]) => ({
  $metadata: Object.fromEntries(names.map((name) => [name, { $lastUpdatedVersion: 3 }])),
});

test("a wish is open until the device has answered the version in which it was changed", () => {
  const desired = { logLevel: "debug", ...metadata("logLevel") };
  const answer = (ac: number, av: number) => ({ logLevel: { value: "debug", ac, av, ad: "why" } });
  expect(openWishes(twin(desired, {}))).toEqual(new Map([["logLevel", { state: "waiting", version: 3 }]]));
  expect(openWishes(twin(desired, answer(200, 2)))).toEqual(
    new Map([["logLevel", { state: "waiting", version: 3 }]]),
  );
  expect(openWishes(twin(desired, answer(200, 3)))).toEqual(new Map());
  expect(openWishes(twin(desired, answer(400, 3)))).toEqual(
    new Map([["logLevel", { state: "refused", why: "400 why", version: 3 }]]),
  );
});

test("each key of a plugin's component is one; what is somebody else's is none", () => {
  const desired = { relay: { __t: "c", seconds: 5 }, pump: { __t: "c", seconds: 5 }, theirs: 1, $version: 4 };
  expect([...openWishes(twin(desired, {})).keys()]).toEqual(["relay.seconds"]);
});

test("a device that follows no twin leaves nothing open", () => {
  const other = twin({ logLevel: "debug" }, { agent: { followsTwin: false } });
  expect(openWishes(other)).toEqual(new Map());
});

test("facts are read from what hubhand reports, and from a twin that has none of it", () => {
  const facts = readFacts(
    twin(
      {},
      {
        agent: { version: "0.1.0", startedAt: "s", lastExit: { reason: "killed" }, followsTwin: true },
        link: { connects: 2, lastFailure: { class: "lost", reason: "keepalive" } },
        plugins: { relay: { up: true }, camera: { up: false, problem: "exit code 1" } },
      },
    ),
  );
  expect(facts).toEqual({
    state: "connected",
    version: "0.1.0",
    startedAt: "s",
    lastExit: "killed",
    connects: 2,
    linkFailure: "lost (keepalive)",
    down: new Map([["camera", "exit code 1"]]),
    wishes: new Map(),
  });
  expect(
    readFacts({ deviceId: "pi", properties: { desired: {}, reported: { plugins: 7, link: "x" } } }),
  ).toEqual({
    state: "disconnected",
    down: new Map(),
    wishes: new Map(),
  });
});
