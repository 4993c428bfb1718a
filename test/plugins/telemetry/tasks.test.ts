import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { HubhandError } from "../../../src/errors.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { daemon, declareDaemon } from "../daemon/daemons.ts";
import { NODE, openPluginFolder } from "../folder.ts";

const cleanUp = cleanUpAfterEach();

const NIGHTLY = 'cron: "0 3 * * *"';
const HOW = "{ stream: air, priority: high, timeToLive: 2h, properties: { room: cellar } }";

/** What each task returns or answers, in each kind; `how` is what it says of telemetry. */
const tasks = (how: string): string =>
  ["value", "nothing", "fails"].map((name) => `${name}: { ${NIGHTLY}, telemetry: ${how} }`).join(", ");

const module = (isolate: string): string => `export default { isolate: ${isolate}, tasks: {
  value: { ${NIGHTLY}, telemetry: true, run: async () => ({ degrees: 21 }) },
  how: { ${NIGHTLY}, telemetry: ${HOW.replace("air", '"air"').replace("high", '"high"').replace("2h", '"2h"').replace("cellar", '"cellar"')}, run: () => 5 },
  text: { ${NIGHTLY}, telemetry: { contentType: "text/csv" }, run: () => "21,5" },
  nothing: { ${NIGHTLY}, telemetry: true, run: () => {} },
  quiet: { ${NIGHTLY}, run: () => "not for the hub" },
  fails: { ${NIGHTLY}, telemetry: true, run: () => { throw new Error("no sensor"); } },
} };`;

it.each(["false", "true"])(
  "a module's task sends what it returns, if it says so (isolate: %s)",
  async (isolate) => {
    const { schedule, telemetry, log } = await openPluginFolder(cleanUp, { "air.mjs": module(isolate) });
    for (const task of ["value", "how", "text", "nothing", "quiet"])
      expect(await schedule.runNow("air", task), task).toBe("ok");
    expect(await schedule.runNow("air", "fails")).toBe("failed");
    expect(telemetry.sent.map(({ body }) => body)).toEqual([{ degrees: 21 }, 5, "21,5"]);
    expect(telemetry.sent[1]?.options).toMatchObject({
      stream: "air",
      priority: "high",
      timeToLive: "2h",
      properties: { room: "cellar" },
    });
    telemetry.refuse(new HubhandError("OUTBOX_FULL", "no room"));
    expect(await schedule.runNow("air", "value")).toBe("failed");
    expect(log.lines().at(-1)).toMatchObject({ msg: "the task failed", err: { message: "no room" } });
  },
);

it("a program's task sends its output, a daemon's its reply, a service's its answer", async () => {
  const server = createServer((request, response) => {
    const task = request.headers["hubhand-task"];
    if (task === "fails") response.statusCode = 500;
    response.end({ value: '{"degrees":21}', text: "21,5" }[String(task)] ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanUp.add(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const text = `text: { ${NIGHTLY}, telemetry: { contentType: text/csv } }`;
  const { schedule, telemetry, log } = await openPluginFolder(cleanUp, {
    "program.plugin.yaml": `command: ./program.cjs\ntasks: { ${tasks("true")}, ${text}, page: { ${NIGHTLY}, telemetry: true } }`,
    "program.cjs": `${NODE}
      const said = { value: '{"degrees":21}', text: "21,5", fails: '{"status":404}', page: "<html>" };
      process.stdout.write(said[process.env.HUBHAND_TASK] ?? "");`,
    "daemon.plugin.yaml": declareDaemon("daemon.cjs", "x: {}", `tasks: { ${tasks(HOW)} }`),
    "daemon.cjs": daemon(
      `reply(message, { value: { degrees: 21 } }[message.task], message.task === "fails" ? 404 : undefined);`,
    ),
    "service.plugin.yaml": `url: http://127.0.0.1:${port}/\ntasks: { ${tasks("true")}, ${text} }`,
  });
  const run = async (plugin: string, ...names: string[]) => {
    const outcomes: unknown[] = [];
    for (const name of names) outcomes.push(await schedule.runNow(plugin, name));
    return outcomes;
  };
  expect(await run("program", "value", "text", "nothing", "fails", "page")).toEqual([
    "ok",
    "ok",
    "ok",
    "failed",
    "failed",
  ]);
  expect(await run("daemon", "value", "nothing", "fails")).toEqual(["ok", "ok", "failed"]);
  expect(await run("service", "value", "text", "nothing", "fails")).toEqual(["ok", "ok", "ok", "failed"]);
  expect(telemetry.sent.map(({ plugin, body }) => [plugin, body])).toEqual([
    ["program", { degrees: 21 }],
    ["program", "21,5"],
    ["daemon", { degrees: 21 }],
    ["service", { degrees: 21 }],
    ["service", "21,5"],
  ]);
  expect(telemetry.sent[2]?.options).toMatchObject({ stream: "air", properties: { room: "cellar" } });
  expect(log.text()).toMatch(/the program's output is not JSON; it begins with/);
  expect(log.text()).toMatch(/the daemon ended the task with status 404/);
});

it("what a task says of its telemetry must make sense", async () => {
  const files = {
    "kind.mjs": `export default { tasks: { t: { ${NIGHTLY}, telemetry: "yes", run() {} } } };`,
    "key.mjs": `export default { tasks: { t: { ${NIGHTLY}, telemetry: { steam: "x" }, run() {} } } };`,
    "life.mjs": `export default { tasks: { t: { ${NIGHTLY}, telemetry: { timeToLive: 30 }, run() {} } } };`,
    "room.plugin.yaml": `command: [cat]\ntasks:\n  t:\n    ${NIGHTLY}\n    telemetry:\n      properties: { room: 5 }`,
  };
  const { status } = await openPluginFolder(cleanUp, files);
  expect(
    Object.fromEntries(Object.keys(files).map((file) => [file, status(file.split(".")[0] ?? "")?.problem])),
  ).toEqual({
    "kind.mjs": "tasks.t.telemetry must be boolean,object",
    "key.mjs":
      'tasks.t.telemetry has an unknown key "steam"; it may have stream, priority, timeToLive, contentType, contentEncoding, properties, output. Did you mean "stream"?',
    "life.mjs":
      'tasks.t.telemetry.timeToLive is 30; it has no unit; expected a duration like "250ms", "30s" or "5m"',
    "room.plugin.yaml": "room.plugin.yaml:6:21: tasks.t.telemetry.properties.room must be string",
  });
});
