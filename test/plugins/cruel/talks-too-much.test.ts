import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { startCruel } from "./scene.ts";

const cleanUp = cleanUpAfterEach();

it("a flood of lines is thinned, and it is told how many were dropped", async () => {
  const scene = await startCruel(cleanUp, {
    "flooder.mjs": `const times = (n, work) => { for (let i = 0; i < n; i += 1) work(i); };
      export default { methods: {
        console: () => times(50_000, (i) => console.log("line", i)),
        output: () => times(2_000, () => process.stdout.write("x".repeat(100_000))),
        log: (_, { log }) => times(50_000, (i) => log.info({ i }, "line")),
        async wait() { for (let i = 0; i < 20_000; i += 1) { console.error(i); if (i % 100 === 0) await new Promise(setImmediate); } },
      } };`,
  });
  await scene.pinging(async () => {
    for (const method of ["console", "output", "log", "wait"])
      expect((await scene.call(method)).status).toBe(200);
  });
  await scene.agent.line("told", ({ msg }) => msg === "the plugin writes too much: lines of it were dropped");
  const said = scene.agent.lines().filter(({ plugin }) => plugin === "flooder");
  expect(said.length).toBeLessThan(1_500);
  expect(said.find(({ msg }) => msg === "line 1")).toMatchObject({ level: "info", stream: "stdout" });
});

it("replies that are too many, too large or no replies at all are told to the caller once", async () => {
  const scene = await startCruel(cleanUp, {
    "babbler.mjs": `export default { methods: {
      twice: (_, { reply }) => { reply(201, 1); reply(202, 2); return 3; },
      often: (_, { reply }) => { for (let i = 0; i < 1e5; i += 1) reply(200, i); },
      large: () => "x".repeat(10e6),
      circle: () => { const a = {}; a.a = a; return a; },
      big: () => 1n,
      func: () => () => {},
      status: (_, { reply }) => reply("200", 1),
      symbol: () => { throw Symbol("x"); },
      hostile: () => ({ toJSON() { throw new Error("got you"); } }),
      getter: () => { throw Object.defineProperty(new Error(), "message", { get() { throw 1; } }); },
    } };`,
  });
  await scene.pinging(async () => {
    expect(await scene.call("twice")).toMatchObject({ status: 201, payload: 1 });
    expect(await scene.call("often")).toMatchObject({ status: 200, payload: 0 });
    expect(await scene.call("large")).toMatchObject({ status: 413, code: "REPLY_TOO_LARGE" });
    for (const method of ["circle", "big", "func", "status", "symbol", "hostile", "getter"])
      expect(await scene.call(method)).toMatchObject({ status: 500, code: "METHOD_FAILED" });
  });
  expect(await scene.metrics()).toContain(
    'hubhand_method_calls_total{method="large",outcome="reply_too_large"} 1',
  );
});

it("the agent's environment is not a plugin's to read", async () => {
  const scene = await startCruel(cleanUp, {
    "reader.mjs":
      "export default { methods: { env: () => ({ env: process.env, argv: process.argv.slice(2), exec: process.execArgv }) } };",
  });
  const { payload } = await scene.call("env");
  expect(JSON.stringify(payload)).not.toMatch(/HUBHAND|SharedAccess/);
  expect(payload).toMatchObject({ env: { PATH: expect.any(String) }, argv: [], exec: [] });
});
