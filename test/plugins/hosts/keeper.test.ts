import { expect, it } from "vitest";
import { HubhandError } from "../../../src/errors.ts";
import { createKeeper, type Instance, type Keeper } from "../../../src/plugins/hosts/keeper.ts";
import { settle } from "../../methods/bench.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";
import { createFakeClock, type FakeClock } from "../../support/time/fake-clock.ts";

interface Made extends Instance {
  readonly number: number;
  end(why: string): void;
  stopped: boolean;
}

interface Scene {
  readonly keeper: Keeper<Made>;
  readonly clock: FakeClock;
  readonly made: readonly Made[];
  /** What the observer was told. */
  readonly told: string[];
  /** Makes the next openings fail with this, or not. */
  fail(why: string | undefined): void;
  /** Ends the one that serves. */
  end(why: string): Promise<void>;
  start(): Promise<void>;
}

async function createScene(random = 1): Promise<Scene> {
  const clock = createFakeClock();
  const { logger } = await createLogBook();
  const made: Made[] = [];
  const told: string[] = [];
  let failure: string | undefined;
  const keeper = createKeeper<Made>({
    plugin: "valve",
    logger,
    clock,
    random: () => random,
    async open() {
      if (failure !== undefined) throw new Error(failure);
      const ended = Promise.withResolvers<string>();
      const one: Made = {
        number: made.length + 1,
        ended: ended.promise,
        end: ended.resolve,
        stopped: false,
        async stop() {
          one.stopped = true;
        },
      };
      made.push(one);
      return one;
    },
  });
  return {
    keeper,
    clock,
    made,
    told,
    fail: (why) => {
      failure = why;
    },
    async end(why) {
      made.at(-1)?.end(why);
      await settle();
    },
    start: () =>
      keeper.start({
        down: (problem) => told.push(`down: ${problem}`),
        up: () => told.push("up"),
        restarted: () => told.push("restarted"),
      }),
  };
}

function refusal(keeper: Keeper<Made>): unknown {
  try {
    return keeper.current();
  } catch (error) {
    return error;
  }
}

it("the first end is followed by another start at once", async () => {
  const { keeper, told, made, end, start } = await createScene();
  await start();
  expect(keeper.current()).toBe(made[0]);
  await end("it exited with 1");
  expect(keeper.current()).toBe(made[1]);
  expect(told).toEqual(["down: it exited with 1; it is started again", "restarted", "up"]);
});

it("further ends wait longer and longer, and from the sixth on a minute", async () => {
  const { clock, made, end, start } = await createScene();
  await start();
  const waits: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    const count = made.length;
    await end("it crashed");
    const before = clock.now();
    while (made.length === count) {
      clock.advance(100);
      await settle();
    }
    waits.push(clock.now() - before);
  }
  expect(waits).toEqual([0, 1_000, 2_000, 4_000, 8_000, 60_000, 60_000, 60_000]);
});

it("while the next start waits, callers are told that the plugin is down, why, and for how long", async () => {
  const { keeper, clock, told, end, start } = await createScene();
  await start();
  await end("it crashed");
  await end("it crashed again");
  clock.advance(400);
  const error = refusal(keeper);
  expect(error).toBeInstanceOf(HubhandError);
  expect(error).toMatchObject({
    code: "PLUGIN_DOWN",
    message: 'plugin "valve" is down: it crashed again',
    details: { retryInMs: 600 },
  });
  expect(told.at(-1)).toBe("down: it crashed again; it is started again in 1 s");
});

it("one that lived for a minute has proved itself: its end counts as the first", async () => {
  const { clock, made, end, start } = await createScene();
  await start();
  await end("it crashed");
  clock.advance(60_000);
  await end("it crashed");
  expect(made).toHaveLength(3);
});

it("a start that fails counts as an end", async () => {
  const { keeper, clock, told, fail, end, start } = await createScene();
  await start();
  fail("no such file");
  await end("it crashed");
  expect(told.at(-1)).toBe("down: no such file; it is started again in 1 s");
  fail(undefined);
  clock.advance(1_000);
  await settle();
  expect(told.at(-1)).toBe("up");
  expect(keeper.current()).toMatchObject({ number: 2 });
});

it("the very first start that fails is told to whoever asked, and not tried again", async () => {
  const { clock, fail, start } = await createScene();
  fail("no such file");
  await expect(start()).rejects.toThrow("no such file");
  expect(clock.pending).toBe(0);
});

it("stopped, it ends the instance, starts no other, and leaves no timer", async () => {
  const { keeper, clock, made, end, start } = await createScene();
  await start();
  await end("it crashed");
  await keeper.stop();
  expect(made.map(({ stopped }) => stopped)).toEqual([false, true]);
  await end("it was stopped");
  expect(made).toHaveLength(2);
  expect(clock.pending).toBe(0);
  expect(refusal(keeper)).toMatchObject({ code: "PLUGIN_DOWN" });
});

it("stopped while one is being started, it ends that one too", async () => {
  const { keeper, made, start } = await createScene();
  const starting = start();
  await keeper.stop();
  await expect(starting).rejects.toMatchObject({ code: "PLUGIN_DOWN" });
  expect(made[0]?.stopped).toBe(true);
});
