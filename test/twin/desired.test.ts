import { pino } from "pino";
import { expect, test } from "vitest";
import { createRedactor } from "../../src/observe/log/redaction.ts";
import { withoutSecrets } from "../../src/twin/without-secrets.ts";
import type { Writables } from "../../src/twin/writable.ts";
import { refusedWith } from "./support/fake-hub.ts";
import { part, scene } from "./support/scene.ts";

test("what is desired is made so, and acknowledged with the version that it answers", async () => {
  const root = part(undefined, ["interval"]);
  const { hub, twin, pass } = scene({ writables: () => [root] });
  hub.desire({ interval: 5 });
  twin.online(hub.connect());
  await pass(200);
  expect(root.inForce.get("interval")).toBe(5);
  expect(hub.reported).toEqual({ interval: { value: 5, ac: 200, av: 2 } });
});

test("a component's properties are acknowledged within it", async () => {
  const relay = part("relay");
  const { hub, twin, pass } = scene({ writables: () => [relay] });
  twin.online(hub.connect());
  await pass(200);
  hub.desire({ relay: { __t: "c", speed: 3, colour: "red" } });
  await pass(200);
  expect(hub.reported).toEqual({
    relay: { __t: "c", speed: { value: 3, ac: 200, av: 2 }, colour: { ac: 404, av: 2 } },
  });
});

test("what is refused keeps its old value, and says why", async () => {
  const root = part(undefined);
  const { hub, twin, pass, metrics, warnings } = scene({ writables: () => [root] });
  hub.desire({ speed: 1 });
  twin.online(hub.connect());
  await pass(200);
  hub.desire({ speed: "fast, and secret" });
  await pass(2_000);
  expect(hub.reported.speed).toEqual({ value: 1, ac: 400, ad: "a number is expected", av: 3 });
  expect((await metrics.twinUpdates.get()).values).toContainEqual(
    expect.objectContaining({ labels: { side: "desired", outcome: "refused" }, value: 1 }),
  );
  expect(warnings.join()).toMatch(/refused: a number is expected/);
  expect(warnings.join()).not.toMatch(/secret/);
});

test("a property that is taken away is acknowledged no more", async () => {
  const [root, relay] = [part(undefined), part("relay")];
  const { hub, twin, pass } = scene({ writables: () => [root, relay] });
  hub.desire({ speed: 1, size: 2, relay: { __t: "c", speed: 1 } });
  twin.online(hub.connect());
  await pass(200);
  hub.desire({ speed: null, relay: null });
  await pass(2_000);
  expect(hub.reported).toEqual({ size: { value: 2, ac: 200, av: 2 } });
  expect(relay.inForce.size).toBe(0);
});

test("what others want of the same twin is left alone", async () => {
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(line) });
  const { hub, twin, pass } = scene({ logger, writables: () => [part(undefined)] });
  hub.desire({ firmware: { url: "https://example" }, nobody: { __t: "c", speed: 1 } });
  twin.online(hub.connect());
  await pass(2_000);
  hub.desire({ nobody: { __t: "c", speed: 2 } });
  await pass(2_000);
  expect(hub.updates).toEqual([]);
  expect(twin.status()).toEqual({ version: 3, absent: ["nobody"] });
  expect(lines.filter((line) => line.includes('"components":["nobody"]'))).toHaveLength(1);
});

test("a plugin that comes later is given what was desired of it meanwhile", async () => {
  const relay = part("relay");
  const parts = [part(undefined)];
  const { hub, twin, pass } = scene({ writables: () => parts });
  hub.desire({ relay: { __t: "c", speed: 7 } });
  twin.online(hub.connect());
  await pass(1_000);
  parts.push(relay);
  twin.refresh();
  await pass(1_000);
  expect(hub.reported.relay).toEqual({ __t: "c", speed: { value: 7, ac: 200, av: 2 } });
});

test("while one change is being made, those that come are made together after it", async () => {
  const gate = Promise.withResolvers<void>();
  const root = part(undefined);
  const asked: unknown[] = [];
  const slow = {
    component: undefined,
    async apply(desired: Record<string, unknown>) {
      asked.push(desired);
      await gate.promise;
      return root.apply(desired);
    },
  };
  const { hub, twin, pass } = scene({ writables: () => [slow] });
  hub.desire({ speed: 1 });
  twin.online(hub.connect());
  await pass(100);
  for (const speed of [2, 3, 4]) hub.desire({ speed, size: speed });
  await pass(100);
  gate.resolve();
  await pass(2_000);
  expect(asked).toEqual([{ speed: 1 }, { speed: 4, size: 4 }]);
  expect(hub.reported.speed).toEqual({ value: 4, ac: 200, av: 5 });
});

test("a part that never ends holds up no other", async () => {
  const apply = () => new Promise<never>(() => {});
  const parts = [
    { component: "stuck", apply },
    part("relay"),
    { component: undefined, property: "hangs", apply },
    { ...part(undefined), property: "speed" },
  ];
  const { hub, twin, pass } = scene({ writables: () => parts });
  hub.desire({ relay: { __t: "c", speed: 1 }, stuck: { __t: "c", speed: 1 }, hangs: 1, speed: 1, theirs: 1 });
  twin.online(hub.connect());
  await pass(400);
  hub.desire({ speed: 2 });
  await pass(400);
  expect(hub.reported).toEqual({
    relay: { __t: "c", speed: { value: 1, ac: 200, av: 2 } },
    speed: { value: 2, ac: 200, av: 3 },
  });
  expect(twin.status().applying).toEqual(["stuck", "hangs"]);
  expect(twin.lastGood()).toMatchObject({ root: { speed: 2 }, components: { relay: { speed: 1 } } });
});

test("a part that throws is acknowledged as failed", async () => {
  const broken = { component: "broken", apply: () => Promise.reject(new Error("no such pin")) };
  const { hub, twin, pass } = scene({ writables: () => [broken] });
  hub.desire({ broken: { __t: "c", speed: 1 } });
  twin.online(hub.connect());
  await pass(200);
  expect(hub.reported.broken).toEqual({ __t: "c", speed: { ac: 500, ad: "no such pin", av: 2 } });
});

test("a change that the hub did not push, as it had lost the subscription, is found by the fourth check of it at the latest", async () => {
  const root = part(undefined);
  const { hub, twin, pass } = scene({ writables: () => [root] });
  const session = hub.connect();
  twin.online(session);
  await pass(100);
  hub.forgetSubscription();
  hub.desire({ speed: 2 });
  await pass(100);
  expect(root.inForce.get("speed")).toBeUndefined();
  for (let check = 0; check < 4; check += 1) twin.checked(session);
  await pass(100);
  expect(root.inForce.get("speed")).toBe(2);
});

test("a gap between versions is filled by reading", async () => {
  const root = part(undefined);
  const { hub, twin, pass } = scene({ writables: () => [root] });
  const session = hub.connect();
  twin.online(session);
  await pass(100);
  let lost = true;
  hub.onPush = (patch, from) => {
    if (!lost) twin.pushed(patch, from);
  };
  hub.desire({ size: 1 });
  await pass(100);
  lost = false;
  hub.desire({ speed: 2 });
  await pass(100);
  expect(Object.fromEntries(root.inForce)).toEqual({ size: 1, speed: 2 });
  expect(hub.reads).toBe(2);
});

test("however many changes come while the twin is read, none is missed", async () => {
  const root = part(undefined);
  const { hub, twin, pass } = scene({ writables: () => [root] });
  const session = hub.connect();
  const answer = Promise.withResolvers<void>();
  const slow = {
    ...session,
    async getTwin() {
      const document = await session.getTwin();
      await answer.promise;
      return document;
    },
  };
  hub.onPush = (patch) => twin.pushed(patch, slow);
  twin.online(slow);
  await pass(100);
  for (let speed = 1; speed <= 250; speed += 1) hub.desire({ speed });
  await pass(100);
  answer.resolve();
  await pass(100);
  expect(root.inForce.get("speed")).toBe(250);
});

test("old news and a double are passed over", async () => {
  const root = part(undefined);
  const { hub, twin, pass } = scene({ writables: () => [root] });
  const session = hub.connect();
  twin.online(session);
  hub.desire({ speed: 1 });
  hub.desire({ speed: 2 });
  await pass(1_500);
  twin.pushed({ speed: 1, $version: 2 }, session);
  twin.pushed({ speed: 5, $version: 3 }, session);
  await pass(1_500);
  expect(root.inForce.get("speed")).toBe(2);
});

test("a device that was made anew in the hub follows versions from 1 again", async () => {
  const root = part(undefined);
  const { hub, twin, pass } = scene({ writables: () => [root] });
  for (const speed of [1, 2, 3]) hub.desire({ speed });
  twin.online(hub.connect());
  await pass(1_500);
  hub.makeAnew({ speed: 9 });
  twin.online(hub.connect());
  await pass(1_500);
  expect(root.inForce.get("speed")).toBe(9);
  expect(hub.reported.speed).toEqual({ value: 9, ac: 200, av: 1 });
});

test("a twin that cannot be read is asked for again, with growing waits, as long as the session lives", async () => {
  const root = part(undefined);
  const { hub, twin, pass, warnings } = scene({ writables: () => [root] });
  hub.desire({ speed: 1 });
  hub.fail(undefined, refusedWith(429), new Error("no answer"), refusedWith(500));
  twin.online(hub.connect());
  await pass(100);
  expect(twin.status().problem).toMatch(/429/);
  await pass(400 + 1_000 + 2_000 + 100);
  expect(root.inForce.get("speed")).toBe(1);
  expect(twin.status().problem).toBeUndefined();
  expect(warnings).toHaveLength(1);
});

test("a session that replaces another is read anew, and nothing is done twice", async () => {
  const root = part(undefined);
  const { hub, twin, pass } = scene({ writables: () => [root] });
  hub.desire({ speed: 1 });
  twin.online(hub.connect());
  await pass(1_500);
  const asked = root.asked.length;
  for (let round = 0; round < 3; round += 1) {
    twin.online(hub.connect());
    await pass(20_000);
  }
  expect(hub.reads).toBe(4);
  expect(root.asked).toHaveLength(asked);
  expect(hub.updates).toHaveLength(1);
});

test("the same value written again is acknowledged with its new version", async () => {
  const { hub, twin, pass } = scene({ writables: () => [part(undefined)] });
  hub.desire({ speed: 1 });
  twin.online(hub.connect());
  await pass(1_500);
  hub.desire({ speed: 1 });
  await pass(1_500);
  expect(hub.reported.speed).toEqual({ value: 1, ac: 200, av: 3 });
});

test("a device that shall not follow applies nothing, and takes back what it acknowledged earlier", async () => {
  const root = part(undefined);
  const before = scene({ writables: () => [root] });
  before.hub.desire({ speed: 1 });
  before.twin.online(before.hub.connect());
  await before.pass(200);
  const { hub } = before;
  const after = scene({ hub, follow: false, writables: () => [root] });
  after.twin.online(hub.connect());
  hub.desire({ speed: 2 });
  await after.pass(2_000);
  expect(root.inForce.get("speed")).toBe(1);
  expect(hub.reported).toEqual({});
});

test("a reading that is older than what was pushed before it is not believed", async () => {
  const root = part(undefined);
  const { hub, twin, pass } = scene({ writables: () => [root] });
  const honest = hub.connect();
  let old: Awaited<ReturnType<typeof honest.getTwin>> | undefined;
  const session = { ...honest, getTwin: async () => old ?? honest.getTwin() };
  hub.onPush = (patch) => twin.pushed(patch, session);
  twin.online(session);
  await pass(100);
  const before = await honest.getTwin();
  hub.desire({ speed: 1 });
  await pass(100);
  old = before;
  for (let check = 0; check < 4; check += 1) twin.checked(session);
  await pass(100);
  expect(root.inForce.get("speed")).toBe(1);
  expect(twin.status().problem).toMatch(/version 1, after 2/);
  old = undefined;
  await pass(1_000);
  expect(twin.status().problem).toBeUndefined();
});

test("a reason of any length is acknowledged, cut if need be", async () => {
  const description = "no ".repeat(5_000);
  const talkative = {
    component: undefined,
    apply: async () => ({ speed: { status: 400, description, value: 0 } as const }),
  };
  const { hub, twin, pass } = scene({ writables: () => [talkative] });
  hub.desire({ speed: 1 });
  twin.online(hub.connect());
  await pass(200);
  const { ad } = hub.reported.speed as { ad: string };
  expect(Buffer.byteLength(ad)).toBeLessThanOrEqual(4_096);
  expect(ad).toMatch(/…$/);
});

test("a secret is in no reason and in no value that is acknowledged", async () => {
  const { redact } = createRedactor(["hunter2hunter2"]);
  const key = "HostName=h;SharedAccessKey=c2VjcmV0";
  const quoting: Writables = {
    component: "relay",
    apply: async ({ url, broker }) => ({
      url: { status: 200, value: url },
      broker: { status: 500, description: `no log-in as hunter2hunter2 with ${key}`, value: broker },
    }),
  };
  const { hub, twin, pass } = scene({ writables: () => [withoutSecrets(quoting, redact)] });
  hub.desire({ relay: { url: { of: [key] }, broker: "tcp://x" } });
  twin.online(hub.connect());
  await pass(400);
  const ad = "no log-in as [secret] with HostName=h;SharedAccessKey=[secret]";
  expect(hub.reported.relay).toEqual({
    __t: "c",
    url: { ac: 200, av: 2 },
    broker: { value: "tcp://x", ac: 500, ad, av: 2 },
  });
});
