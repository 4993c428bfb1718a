import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { daemon, declareDaemon } from "../daemon/daemons.ts";
import { openPluginFolder, type PluginFolder } from "../folder.ts";

const cleanUp = cleanUpAfterEach();

const open = (code: string, methods?: string): Promise<PluginFolder> =>
  openPluginFolder(cleanUp, { "x.cjs": daemon(code), "x.plugin.yaml": declareDaemon("x.cjs", methods) });

/** JSON that can be read, and is too deep to be written again. */
const DEEP = `const deep = "[".repeat(200_000) + "]".repeat(200_000);
const raw = (type, more) => process.stdout.write('{"type":"' + type + '","id":"' + message.id + '",' + more + "}\\n");`;

it.each([
  ["an error whose message", `raw("error", '"message":' + deep)`],
  ["a reply whose payload", `raw("reply", '"payload":' + deep)`],
])("%s is nested 200,000 deep is METHOD_FAILED, and hurts nobody", async (_, code) => {
  const { call } = await open(
    `${DEEP} if (message.payload === "deep") ${code}; else reply(message, "well");`,
  );
  expect(await call("x", "deep")).toMatchObject({ status: 500, code: "METHOD_FAILED" });
  expect((await call("x")).body).toBe("well");
});

it("a line of log whose fields are nested as deep is no more than a line of log", async () => {
  const { call, log } = await open(
    `${DEEP} raw("log", '"message":"deep","fields":{"a":' + deep + "}"); reply(message, "well");`,
  );
  expect((await call("x")).body).toBe("well");
  await waitUntil("it is told", () => log.text().includes("deep"));
});

it("a line of log may not be long: it is cut", async () => {
  const { call, log } = await open(`
    send({ type: "log", message: "begin" + "x".repeat(500_000) });
    send({ type: "log", message: "fields", fields: { big: "y".repeat(500_000) } });
    reply(message, "well");`);
  expect((await call("x")).body).toBe("well");
  expect(log.text()).toContain("begin");
  expect(log.text().length).toBeLessThan(50_000);
});

it("what it says in the fields of a line of log is not taken for what hubhand says", async () => {
  const { call, log } = await open(`
    send({ type: "log", message: "mine", fields: { plugin: "hubhand", level: "fatal", time: 1, msg: "yours", method: "m", bar: 1 } });
    reply(message, "well");`);
  await call("x");
  const line = log.lines().find(({ msg }) => msg === "mine");
  expect(line).toMatchObject({ plugin: "x", level: "info", bar: 1 });
  expect(log.text()).not.toContain('"msg":"yours"');
});

it("forty thousand answers to one call are counted, and told a bounded number of times", async () => {
  const { call, log, metrics, extra } = await open(`
    const line = JSON.stringify({ type: "reply", id: message.id, payload: 1 }) + "\\n";
    if (message.payload === "many") process.stdout.write(line.repeat(40_000)); else reply(message, "well");`);
  expect((await call("x", "many")).body).toBe(1);
  await waitUntil("all are read", async () => (await call("x")).body === "well");
  expect(extra).toEqual([]);
  expect(await metrics.registry.getSingleMetricAsString("hubhand_method_extra_replies_total")).toMatch(
    /\{method="x"\} [1-9]/,
  );
  expect(log.lines().filter(({ level }) => level === "warn").length).toBeLessThan(1_500);
});
