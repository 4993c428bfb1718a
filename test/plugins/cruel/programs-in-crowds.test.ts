import { getPriority } from "node:os";
import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { isRunning, mark, openPluginFolder, SHELL } from "../folder.ts";
import { startCruel } from "./scene.ts";

const cleanUp = cleanUpAfterEach();

/** One that reads no input to its end, so that it would be seen if it was left behind. */
const WAITING = mark();

it("a payload too deep to be written is told to its caller, and starts nothing that would wait for it", async () => {
  const { registry } = await openPluginFolder(cleanUp, {
    "x.sh": `${SHELL}cat > /dev/null; exec sleep ${WAITING}`,
  });
  let deep: unknown = 1;
  for (let n = 0; n < 60_000; n += 1) deep = [deep];
  const handle = async (): Promise<void> => {
    await registry.get("x")?.handler({
      payload: deep,
      method: "x",
      requestId: "r",
      timeout: 1000,
      signal: new AbortController().signal,
    } as never);
  };
  await expect(handle()).rejects.toThrow("call stack");
  expect(await isRunning(WAITING)).toBe(false);
});

it("eight programs that compute for ever, called at once, hold up nobody else", async () => {
  const scene = await startCruel(cleanUp, {
    "x.plugin.json": JSON.stringify({
      // They end by themselves if the test cannot end them.
      command: ["sh", "-c", "ulimit -t 5; while :; do :; done"],
      methods: { x: { concurrency: 8, timeout: "2s" } },
    }),
  });
  await scene.pinging(async () => {
    const replies = await Promise.all(Array.from({ length: 8 }, () => scene.call("x")));
    for (const reply of replies) expect(reply).toMatchObject({ status: 408, code: "METHOD_TIMED_OUT" });
  });
});

it("a program is less important than the agent, to the processor and when memory runs out", async () => {
  const { call } = await openPluginFolder(cleanUp, {
    // It is told a moment after it has started.
    "x.sh": `${SHELL}until [ "$first" = 1000 ]; do read -r first < /proc/self/oom_score_adj; done; echo "[$first, $(nice)]"`,
  });
  expect((await call("x")).body).toEqual([1000, getPriority() + 10]);
});
