import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { KeptMessage, Priority } from "../../../src/messages/outbox/outbox.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import { message, openOutbox, type Scene, texts } from "./support.ts";

const cleanUp = cleanUpAfterEach();

const BOUNDS = { maxMessages: 12, maxBytes: 200 };
const WRITE_DELAY = 100;

type Step =
  | { do: "add"; priority: Priority; size: number; lifetime: number }
  | { do: "take"; most: number; fresh: "only" | "none" | undefined }
  | { do: "deliver"; which: number }
  | { do: "put back" | "mark" | "write" | "restart" | "kill" }
  | { do: "wait"; milliseconds: number };

const plain = (what: "put back" | "mark" | "write" | "restart" | "kill") => fc.constant<Step>({ do: what });
const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("add" as const),
      priority: fc.constantFrom<Priority>(0, 1, 2),
      size: fc.integer({ min: 8, max: 80 }),
      lifetime: fc.constantFrom(1_000, 100_000),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("take" as const),
      most: fc.integer({ min: 1, max: 6 }),
      fresh: fc.constantFrom("only" as const, "none" as const, undefined),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("deliver" as const), which: fc.nat(5) }),
  },
  { weight: 2, arbitrary: plain("put back") },
  { weight: 2, arbitrary: plain("mark") },
  { weight: 5, arbitrary: plain("write") },
  { weight: 1, arbitrary: plain("restart") },
  { weight: 1, arbitrary: plain("kill") },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("wait" as const), milliseconds: fc.constantFrom(600, 6_000) }),
  },
);

/** What the outbox should know of a message. */
interface Known {
  readonly name: string;
  readonly priority: Priority;
  readonly size: number;
  readonly expiresAt: number;
  isFresh: boolean;
  isPromised: boolean;
  taken: KeptMessage | undefined;
}

/** The outbox as anybody would write it who had no disk to fear: a list. */
function createModel() {
  let known: Known[] = [];
  const inOrder = () => [...known].sort((a, b) => a.priority - b.priority);
  const size = () => known.reduce((sum, one) => sum + one.size, 0);
  return {
    get all() {
      return known;
    },
    forget(gone: Known) {
      known = known.filter((one) => one !== gone);
    },
    reset(left: Known[]) {
      known = left;
    },
    size,
    /** @returns whether it was taken in */
    add(one: Known): boolean {
      const isOver = (some: readonly Known[]) =>
        some.length + 1 > BOUNDS.maxMessages ||
        some.reduce((sum, { size }) => sum + size, one.size) > BOUNDS.maxBytes;
      let left = known;
      for (const priority of [2, 1, 0]) {
        if (priority < one.priority) break;
        for (const old of known) {
          if (!isOver(left)) break;
          if (old.priority === priority && old.taken === undefined)
            left = left.filter((each) => each !== old);
        }
      }
      if (isOver(left)) return false;
      known = [...left, one];
      return true;
    },
    take(most: number, fresh: "only" | "none" | undefined, now: number): Known[] {
      const taken: Known[] = [];
      for (const one of inOrder()) {
        if (taken.length === most) break;
        if (one.taken !== undefined) continue;
        if (fresh !== undefined && one.isFresh !== (fresh === "only")) continue;
        if (one.expiresAt <= now) this.forget(one);
        else taken.push(one);
      }
      return taken;
    },
  };
}

test("whatever happens in whatever order: nothing promised is lost, the order is kept, and the counts are right", async () => {
  await fc.assert(fc.asyncProperty(fc.array(STEP, { minLength: 5, maxLength: 40 }), run), {
    numRuns: Number(process.env.RUNS ?? 40),
  });
});

async function run(steps: readonly Step[]): Promise<void> {
  const root = await cleanUp.folder();
  const clock = createFakeClock();
  const model = createModel();
  let folders = 0;
  let names = 0;
  let folder = join(root, "0");
  let scene = await open();
  /** Whatever was ever in it. */
  const everybody: Known[] = [];

  for (const step of [
    ...steps,
    { do: "write" } as const,
    { do: "take", most: 99, fresh: undefined } as const,
  ]) {
    const { outbox } = scene;
    switch (step.do) {
      case "add": {
        names += 1;
        const now = clock.wallClock();
        const text = String(names).padEnd(step.size, ".");
        const { priority } = step;
        const one: Known = {
          name: text,
          priority,
          size: step.size,
          expiresAt: now + step.lifetime,
          isFresh: true,
          isPromised: false,
          taken: undefined,
        };
        everybody.push(one);
        const isIn = model.add(one);
        const added = outbox.add(message({ text, priority, createdAt: now, expiresAt: one.expiresAt }));
        if (!isIn) await expect(added).rejects.toMatchObject({ code: "OUTBOX_FULL" });
        else
          void added.then(
            () => {
              one.isPromised = true;
            },
            () => {}, // It has given way, as the model says.
          );
        break;
      }
      case "take": {
        const expected = model.take(step.most, step.fresh, clock.wallClock());
        const taken = outbox.take(step.most, step.fresh);
        expect(texts(taken)).toEqual(expected.map(({ name }) => name));
        for (const [index, one] of expected.entries()) one.taken = taken[index];
        break;
      }
      case "deliver": {
        const taken = model.all.filter((one) => one.taken !== undefined);
        const one = taken[step.which % Math.max(1, taken.length)];
        if (one?.taken === undefined) break;
        outbox.delivered(one.taken);
        model.forget(one);
        break;
      }
      case "put back":
        outbox.putBack();
        for (const one of model.all) one.taken = undefined;
        break;
      case "mark":
        outbox.mark();
        for (const one of model.all) one.isFresh = false;
        break;
      case "wait":
        clock.advance(step.milliseconds);
        break;
      case "write":
        await written();
        break;
      case "restart":
        await outbox.close();
        scene = await open();
        for (const one of model.all)
          Object.assign(one, { isPromised: true, isFresh: true, taken: undefined });
        break;
      case "kill": {
        // What the disk has at this instant; whatever the old one does later is lost.
        const before = model.all.map((one) => ({ ...one }));
        const dead = scene;
        folders += 1;
        mkdirSync(folder, { recursive: true });
        cpSync(folder, join(root, String(folders)), { recursive: true });
        folder = join(root, String(folders));
        await dead.outbox.close();
        scene = await open();
        model.reset(await afterKill(before));
        break;
      }
    }
    expect(scene.outbox.status()).toEqual({ messages: model.all.length, bytes: model.size(), onDisk: true });
    expect(scene.outbox.waiting).toBe(model.all.filter((one) => one.taken === undefined).length);
  }
  await scene.outbox.close();

  async function open(): Promise<Scene> {
    return openOutbox(folder, { clock, bounds: BOUNDS, writeDelay: WRITE_DELAY });
  }

  /** Lets the outbox write what it has. */
  async function written(): Promise<void> {
    const last = scene.outbox.status().messages;
    if (last === 0) return;
    clock.advance(WRITE_DELAY);
    const giveUp = performance.now() + 30_000;
    while (model.all.some((one) => !one.isPromised)) {
      if (performance.now() > giveUp) throw new Error("a message was never promised to be safe");
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** All that was promised is there; what was not may be; what was delivered or dropped may be there once more. */
  async function afterKill(before: readonly Known[]): Promise<Known[]> {
    const found = scene.outbox.take(99);
    const left = found.map((given) => everybody.find(({ name }) => name === texts([given])[0]));
    expect(left).not.toContain(undefined);
    const now = clock.wallClock();
    for (const one of before)
      if (one.isPromised && one.expiresAt > now) expect(left.map((some) => some?.name)).toContain(one.name);
    scene.outbox.putBack();
    return left
      .filter((one) => one !== undefined)
      .map((one) => ({ ...one, isPromised: true, isFresh: true, taken: undefined }))
      .sort((a, b) => Number.parseInt(a.name, 10) - Number.parseInt(b.name, 10));
  }
}
