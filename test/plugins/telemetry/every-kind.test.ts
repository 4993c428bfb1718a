import { describe, expect, it } from "vitest";
import { HubhandError } from "../../../src/errors.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { daemon, declareDaemon } from "../daemon/daemons.ts";
import { openPluginFolder } from "../folder.ts";

const cleanUp = cleanUpAfterEach();

/** A module that tells the hub in its start hook, a method, a job and a stop hook. */
const TELLER = `export default {
  start: ({ telemetry }) => telemetry.send({ at: "start" }),
  stop: ({ telemetry }) => telemetry.send({ at: "stop" }).catch(() => {}),
  methods: {
    async tell(payload, { telemetry }) {
      const value = { at: "method", payload };
      const promise = telemetry.send(value, { stream: "s", priority: "high", properties: { room: "küche" } });
      value.at = "changed later";
      const { messageId } = await promise;
      await telemetry.send(new Uint8Array([1, 2]));
      await telemetry.send("21,5", { contentType: "text/csv" });
      return messageId;
    },
    long: (_, { job, telemetry }) => job(() => telemetry.send("from a job")),
    async fails(what, { telemetry }) {
      const circle = {}; circle.self = circle;
      const bodies = { circle, nothing: undefined, big: 1n, large: "x".repeat(1024 * 1024), fine: 1 };
      try { await telemetry.send(bodies[what]); return "kept"; }
      catch ({ code, message }) { return { code, message }; }
    },
  },
};`;

describe.each(["false", '"thread"', '"process"'])("a module (isolate: %s)", (isolate) => {
  it("tells the hub from wherever it has a context, in its order, and is told why something is not sent", async () => {
    const { call, telemetry, jobs, set } = await openPluginFolder(cleanUp, {
      "teller.mjs": TELLER.replace("{", `{ isolate: ${isolate},`),
    });
    expect(await call("tell", 5)).toMatchObject({ status: 200, body: "m2" });
    const { body } = await call("long");
    await jobs.ended((body as { jobId: string }).jobId);
    const refusal = async (what: string) => (await call("fails", what)).body as Record<string, string>;
    expect(await refusal("circle")).toMatchObject({
      code: "MESSAGE_INVALID",
      message: expect.stringMatching(/cannot be written as JSON: .*circular/),
    });
    for (const what of ["nothing", "big"]) expect((await refusal(what)).code).toBe("MESSAGE_INVALID");
    telemetry.refuse(new HubhandError("OUTBOX_FULL", "no room"));
    expect(await refusal("fine")).toEqual({ code: "OUTBOX_FULL", message: "no room" });
    telemetry.refuse(undefined);
    await set.stopAll();
    expect(telemetry.sent.map(({ plugin, body: said }) => [plugin, said])).toEqual([
      ["teller", { at: "start" }],
      ["teller", { at: "method", payload: 5 }],
      ["teller", Buffer.from([1, 2])],
      ["teller", "21,5"],
      ["teller", "from a job"],
      ["teller", { at: "stop" }],
    ]);
    expect(telemetry.sent[1]?.options).toMatchObject({
      stream: "s",
      priority: "high",
      properties: { room: "küche" },
    });
    expect(telemetry.sent[3]?.options).toMatchObject({ contentType: "text/csv" });
  });
});

it("a body that no hub takes does not get as far as the agent", async () => {
  const { call } = await openPluginFolder(cleanUp, { "teller.mjs": TELLER });
  expect((await call("fails", "large")).body).toEqual({
    code: "MESSAGE_TOO_LARGE",
    message: "the message is not sent: its body has 1048578 bytes; the hub takes 262144 with its properties",
  });
});

it("what a plugin sends after its stop is refused", async () => {
  const { call, set, telemetry } = await openPluginFolder(cleanUp, {
    "late.mjs": `let context; export default { isolate: false, start(given) { context = given; },
      methods: { hand: () => { globalThis.lateSend = () => context.telemetry.send(1); } } };`,
  });
  await call("hand");
  await set.stopAll();
  const { lateSend } = globalThis as unknown as { lateSend(): Promise<unknown> };
  await expect(lateSend()).rejects.toMatchObject({
    code: "AGENT_STOPPING",
    // So that it is seen whose fault it is, if the plugin does not catch it either.
    stack: expect.stringContaining("late.mjs"),
  });
  expect(telemetry.sent).toEqual([]);
});

it("a daemon says its messages, and hears what became of them", async () => {
  const { call, telemetry, log } = await openPluginFolder(cleanUp, {
    "teller.plugin.yaml": declareDaemon("teller.cjs", "tell: {}, heard: {}"),
    "teller.cjs": daemon(
      `if (message.type === "kept" || message.type === "refused") { heard.push(message); return; }
       if (message.method === "heard") return reply(message, heard.splice(0));
       for (const line of message.payload) send({ type: "telemetry", ...line });
       reply(message, null);`,
    ).replace("let settings;", "let settings; const heard = [];"),
  });
  const tell = (...lines: object[]) => call("tell", lines);
  const heard = async (count: number): Promise<unknown[]> => {
    const all: unknown[] = [];
    await waitUntil("it has heard of its messages", async () => {
      all.push(...((await call("heard")).body as unknown[]));
      return all.length >= count;
    });
    return all;
  };
  await tell(
    { id: "a", body: { degrees: 21 }, options: { stream: "air" } },
    { id: 2, base64: "AQI=" },
    { body: "fire and forget", options: { contentType: "text/plain" } },
    { id: "none" },
    { id: "both", body: 1, base64: "AQI=" },
  );
  expect(await heard(2)).toEqual([
    { type: "kept", id: "a", messageId: "m1" },
    { type: "kept", id: "2", messageId: "m2" },
  ]);
  expect(telemetry.sent.map(({ body }) => body)).toEqual([
    { degrees: 21 },
    Buffer.from([1, 2]),
    "fire and forget",
  ]);
  expect(telemetry.sent[0]?.options).toEqual({ stream: "air" });
  expect(log.text().match(/a telemetry that has not one of body and base64/g)).toHaveLength(2);

  telemetry.refuse(new HubhandError("OUTBOX_FULL", "no room"));
  await tell({ id: "b", body: 1 }, { body: 2 });
  expect(await heard(1)).toEqual([
    { type: "refused", id: "b", error: { code: "OUTBOX_FULL", message: "no room" } },
  ]);
  expect(log.text()).toContain("a message of the daemon is not sent: no room");
});
