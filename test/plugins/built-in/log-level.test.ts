import { expect, it } from "vitest";
import { HOUR, MINUTE } from "../../../src/durations.ts";
import { createLogLevel } from "../../../src/observe/log/log-level.ts";
import { errorOf } from "../../methods/bench.ts";
import { createBuiltInBench } from "./bench.ts";

const benchWithLevel = () =>
  createBuiltInBench(({ log, clock }) => {
    log.logger.level = "info";
    return { logLevel: createLogLevel({ logger: log.logger, clock }) };
  });

it("tells what it is", async () => {
  const bench = await benchWithLevel();
  expect((await bench.call("hubhand.logLevel").reply).body).toEqual({ level: "info", configured: "info" });
});

it("changes it for ten minutes, unless another time is told", async () => {
  const bench = await benchWithLevel();
  const now = bench.clock.wallClock();
  const { body } = await bench.call("hubhand.logLevel", { level: "trace" }).reply;
  const until = new Date(now + 10 * MINUTE).toISOString();
  expect(body).toEqual({ level: "trace", configured: "info", until });
  bench.clock.advance(10 * MINUTE);
  expect((await bench.call("hubhand.logLevel").reply).body).toEqual({ level: "info", configured: "info" });
});

it("a day at most", async () => {
  const bench = await benchWithLevel();
  expect((await bench.call("hubhand.logLevel", { level: "trace", for: "24h" }).reply).status).toBe(200);
  bench.clock.advance(24 * HOUR);
  for (const length of ["25h", "0s", "long"]) {
    const reply = await bench.call("hubhand.logLevel", { level: "trace", for: length }).reply;
    expect(reply.status).toBe(400);
    expect(errorOf(reply)).toMatchObject({ code: "PAYLOAD_INVALID", details: { path: "/for" } });
  }
  expect(bench.log.logger.level).toBe("info");
});

it("back to what is configured, at once", async () => {
  const bench = await benchWithLevel();
  await bench.call("hubhand.logLevel", { level: "error", for: "1h" }).reply;
  const { body } = await bench.call("hubhand.logLevel", { level: "configured" }).reply;
  expect(body).toEqual({ level: "info", configured: "info" });
});

it.each([{ level: "loud" }, { level: "silent" }, { for: "1m" }])("%j is refused", async (payload) => {
  const bench = await benchWithLevel();
  expect((await bench.call("hubhand.logLevel", payload).reply).status).toBe(400);
});
