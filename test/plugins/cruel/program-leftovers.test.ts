import { readdir } from "node:fs/promises";
import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { isRunning, mark, openPluginFolder, SHELL } from "../folder.ts";

const cleanUp = cleanUpAfterEach();

const declared = (name: string, options: string): string =>
  `command: ./${name}\nmethods: { x: { ${options} } }`;

it("what hides is gone when the plugin has stopped, although its time was over just before", async () => {
  const hidden = mark();
  const { call, set } = await openPluginFolder(cleanUp, {
    "x.plugin.yaml": declared("x.sh", "timeout: 400ms"),
    "x.sh": `${SHELL}setsid sleep ${hidden} & exec sleep ${mark()}`,
  });
  expect((await call("x")).status).toBe(408);
  await set.stopAll();
  expect(await isRunning(hidden)).toBe(false);
});

it("one that starts itself again and again out of its group is ended all the same", async () => {
  const hidden = mark();
  const { call, set } = await openPluginFolder(cleanUp, {
    "x.plugin.yaml": declared("x.sh", "timeout: 500ms"),
    // Each generation leaves the group and lives for a moment only.
    "x.sh": `${SHELL}: ${hidden}\nif [ -z "$1" ]; then setsid "$0" ${hidden} & exec sleep ${mark()}; fi; sleep 0.01; setsid "$0" ${hidden} &`,
  });
  expect((await call("x")).status).toBe(408);
  await set.stopAll();
  await waitUntil("no generation is left", async () => !(await isRunning(hidden)));
});

it("one that forks as fast as it can is ended with all its children", async () => {
  const child = mark();
  const { call } = await openPluginFolder(cleanUp, {
    "x.plugin.yaml": declared("x.sh", "timeout: 500ms"),
    "x.sh": `${SHELL}n=0; while [ $n -lt 200 ]; do sleep ${child} & n=$((n+1)); done; wait`,
  });
  expect((await call("x")).status).toBe(408);
  await waitUntil("all are gone", async () => !(await isRunning(child)));
});

it("calls leave no file descriptor open, whether the program reads what it is given or not", async () => {
  const { call } = await openPluginFolder(
    cleanUp,
    { "x.sh": `${SHELL}exec <&- 3<&-; sleep ${mark()} & echo 1` },
    { settings: { x: { big: "x".repeat(300_000) } } },
  );
  const open = async (): Promise<number> => (await readdir("/proc/self/fd")).length;
  await call("x");
  const before = await open();
  for (let n = 0; n < 30; n += 1) expect((await call("x", "y".repeat(100_000))).status).toBe(200);
  await waitUntil("they are closed", async () => (await open()) <= before + 3);
});

it("what a program that ends by itself leaves outside its group is ended soon, or when the plugin stops", async () => {
  const [first, second] = [mark(), mark()];
  const clock = createFakeClock();
  const { call, set } = await openPluginFolder(
    cleanUp,
    // It answers when the other is there, and out of its group.
    {
      "x.sh": `${SHELL}mark=$(sed 's/"//g')
        up=$(setsid sh -c 'sleep "$0" </dev/null >/dev/null 2>&1 & echo 1' "$mark"); echo "$up"`,
    },
    { hostClock: clock },
  );
  expect(await call("x", first)).toMatchObject({ status: 200, body: 1 });
  expect(await isRunning(first)).toBe(true);
  clock.advance(1_000);
  await waitUntil("it is ended", async () => !(await isRunning(first)));
  expect(await call("x", second)).toMatchObject({ status: 200, body: 1 });
  expect(await isRunning(second)).toBe(true);
  await set.stopAll();
  expect(await isRunning(second)).toBe(false);
});
