import fc from "fast-check";
import { expect, test } from "vitest";
import { type LastGood, NONE_YET } from "../../src/twin/last-good.ts";
import { isSame, merge, own, type PropertyObject, patchBetween } from "../../src/twin/properties.ts";
import type { Twin } from "../../src/twin/twin.ts";
import { fakeHub, refusedWith } from "./support/fake-hub.ts";
import { type Part, part, type Scene, scene } from "./support/scene.ts";

const COMPONENTS = ["relay", "lamp"];
const PROPERTIES = ["speed", "size"];

/** Numbers are taken, texts refused. */
const value = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom("fast", "slow"), fc.constant(null));
const properties = fc.dictionary(fc.constantFrom(...PROPERTIES), value, { maxKeys: 2 });
const component = properties.map((part) => ({ __t: "c", ...part }));
const patch = fc
  .tuple(properties, fc.option(component), fc.option(component), fc.option(fc.constant({ firmware: "7" })))
  .map(([root, relay, lamp, others]) => ({
    ...root,
    ...(relay === null ? {} : { relay }),
    ...(lamp === null ? {} : { lamp }),
    ...others,
  }));

const event = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("desire" as const), patch }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom("connect", "drop", "restart", "check" as const) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("forget", "anew", "gone" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("plugin" as const), name: fc.constantFrom(...COMPONENTS) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("fail" as const), status: fc.constantFrom(429, 500, 0) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("pass" as const), milliseconds: fc.nat(3_000) }) },
);
type Event = typeof event extends fc.Arbitrary<infer E> ? E : never;

/** An agent that comes and goes, on a hub that stays. */
function world() {
  const hub = fakeHub();
  let running: { scene: Scene; parts: Map<string, Part> };
  let session = hub.connect();
  session.end();
  const plugins = new Set(["relay"]);
  const useless: PropertyObject[] = [];
  let parallel = 0;

  function start(lastGood: LastGood): void {
    const parts = new Map<string, Part>();
    const partOf = (name: string): Part => {
      const made = parts.get(name) ?? part(name === "" ? undefined : name, PROPERTIES);
      parts.set(name, made);
      return made;
    };
    const writables = () => ["", ...plugins].map((name) => onceAtATime(partOf(name)));
    running = {
      parts,
      scene: scene({ hub, lastGood, writables, snapshot: () => ({ agent: { version: "1" } }) }),
    };
    running.scene.twin.start();
  }

  function onceAtATime(one: Part): Part {
    return {
      ...one,
      async apply(desired) {
        busy.set(one, (busy.get(one) ?? 0) + 1);
        parallel = Math.max(parallel, busy.get(one) ?? 0);
        await new Promise((resolve) => setImmediate(resolve));
        busy.set(one, (busy.get(one) ?? 0) - 1);
        return one.apply(desired);
      },
    };
  }
  /** Which version last wrote a property. */
  const written = new Map<string, number>();
  function note(patch: PropertyObject): void {
    const parts = [["", patch], ...COMPONENTS.map((name) => [name, own(patch, name) ?? {}])] as const;
    for (const [name, part] of parts)
      for (const property of Object.keys(part as PropertyObject))
        written.set(`${name}/${property}`, hub.version);
  }
  const busy = new Map<Part, number>();
  const twin = (): Twin => running.scene.twin;

  function connect(): void {
    const next = hub.connect();
    session = {
      ...next,
      reportProperties(patch) {
        const before = hub.reported;
        if (!isSame(patchBetween(before, merge(before, patch)), patch)) useless.push(patch);
        return next.reportProperties(patch);
      },
    };
    hub.onPush = (pushed) => twin().pushed(pushed, session);
    twin().online(session);
  }

  async function happens(what: Event): Promise<void> {
    switch (what.kind) {
      case "desire":
        hub.desire(what.patch);
        return note(what.patch);
      case "connect":
        return connect();
      case "drop":
        return session.end();
      case "check":
        return twin().checked(session);
      case "forget":
        return hub.forgetSubscription();
      case "anew":
        written.clear();
        return hub.makeAnew();
      case "gone":
        plugins.clear();
        return twin().refresh();
      case "plugin":
        plugins.add(what.name);
        return twin().refresh();
      case "fail":
        return hub.fail(what.status === 0 ? new Error("no answer") : refusedWith(what.status));
      case "restart": {
        session.end();
        const { saved, twin: old } = running.scene;
        await old.stop();
        return start(saved.at(-1) ?? NONE_YET);
      }
      case "pass":
        return running.scene.pass(what.milliseconds);
    }
  }

  start(NONE_YET);
  return {
    hub,
    useless,
    connect,
    happens,
    plugins,
    pass: (milliseconds: number) => running.scene.pass(milliseconds),
    part: (name: string) => running.parts.get(name),
    writtenAt: (name: string, property: string) => written.get(`${name}/${property}`) ?? 1,
    parallel: () => parallel,
  };
}

test("whatever happens, in the end device and hub agree, and nothing was reported in vain", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
      const { hub, useless, connect, happens, plugins, pass, part, parallel, writtenAt } = world();
      for (const each of events) await happens(each);
      hub.fail();
      connect();
      await pass(12_000);
      connect();
      await pass(3_000);

      for (const name of ["", ...plugins]) {
        const desired = name === "" ? hub.desired : (own(hub.desired, name) ?? {});
        const reported = name === "" ? hub.reported : (own(hub.reported, name) ?? {});
        for (const property of PROPERTIES) {
          const wanted = own(desired as PropertyObject, property);
          const acknowledged = own(reported as PropertyObject, property);
          if (wanted === undefined) expect(acknowledged).toBeUndefined();
          else {
            expect(acknowledged).toMatchObject({ ac: typeof wanted === "number" ? 200 : 400 });
            if (typeof wanted === "number") {
              expect(acknowledged).toMatchObject({ value: wanted });
              expect(part(name)?.inForce.get(property)).toBe(wanted);
            }
            const { av } = acknowledged as { av: number };
            expect(av).toBeLessThanOrEqual(hub.version);
            expect(av).toBeGreaterThanOrEqual(writtenAt(name, property));
          }
        }
      }
      const known = ["agent", ...COMPONENTS, ...PROPERTIES];
      expect(Object.keys(hub.reported).filter((name) => !known.includes(name))).toEqual([]);
      expect(useless).toEqual([]);
      expect(parallel()).toBeLessThan(2);

      const { length } = hub.updates;
      connect();
      await pass(30_000);
      expect(hub.updates).toHaveLength(length);
    }),
    { numRuns: Number(process.env.TWIN_RUNS ?? 40) },
  );
}, 60_000);
