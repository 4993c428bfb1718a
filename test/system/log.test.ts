import { once } from "node:events";
import { readFileSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { AgentOnHub } from "../support/agent/agent-on-hub.ts";
import { DEVICE_ID, startAgentOnHub } from "../support/agent/agent-on-hub.ts";
import { startHubhand } from "../support/agent/hubhand-process.ts";
import { cleanUpAfterAll } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterAll();

const MODULE = (options: string) => `import { definePlugin } from "hubhand";
export default definePlugin({ ${options}
  methods: {
    METHOD: (payload, { log, job }) => {
      log.info({ event: "mine.works", plugin: "another", level: "fatal" }, "at work");
      if (payload === "job") return job(async () => { log.warn("the work goes on"); return 7; });
      if (payload === "fail") throw new Error("the pump is dry");
      return 1;
    },
  },
});
`;

const PROGRAM = `#!/bin/sh
echo "at work" >&2
echo 1
`;

const DAEMON = `#!/usr/bin/env node
const say = (message) => console.log(JSON.stringify(message));
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { type, id } = JSON.parse(line);
  if (type === "start") say({ type: "ready" });
  if (type !== "call") return;
  say({ type: "log", id, level: "info", message: "at work" });
  say({ type: "reply", id, payload: 1 });
});
`;

/** One plugin of each kind; each method says that it is at work. */
async function pluginsOfEachKind(sidecar: string): Promise<string> {
  const folder = await cleanUp.folder();
  const put = (name: string, text: string) => writeFile(join(folder, name), text);
  await put("worker.mjs", MODULE("").replace("METHOD", '"in.worker"'));
  await put("here.mjs", MODULE("isolate: false,").replace("METHOD", '"in.agent"'));
  for (const [name, text] of [
    ["program", PROGRAM],
    ["daemon", DAEMON],
  ] as const) {
    await mkdir(join(folder, name));
    await put(`${name}/run`, text);
    await chmod(join(folder, name, "run"), 0o755);
    const mode = name === "daemon" ? "mode: daemon\n" : "";
    await put(`${name}/plugin.yaml`, `command: ./run\n${mode}methods: { in.${name}: }\n`);
  }
  await put("sidecar.plugin.yaml", `url: ${sidecar}\nmethods: { in.sidecar: }\n`);
  return folder;
}

let scene: AgentOnHub;
let logFile: string;
const asked: string[] = [];

beforeAll(async () => {
  const server = createServer((request, response) => {
    asked.push(decodeURIComponent(String(request.headers["hubhand-request-id"])));
    response.setHeader("content-type", "application/json");
    response.end("1");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUp.add(() => server.close());
  const { port } = server.address() as { port: number };
  logFile = join(await cleanUp.folder(), "hubhand.log");
  scene = await startAgentOnHub(cleanUp, {
    plugins: await pluginsOfEachKind(`http://127.0.0.1:${port}/`),
    env: {
      HUBHAND_LOG_LEVEL: "debug",
      HUBHAND_LOG_FILE_PATH: logFile,
      HUBHAND_LOG_FILE_WRITE_DELAY: "10m",
    },
  });
}, 60_000);

/** All lines of the call of a method with this payload, once it has its answer in the log. */
async function linesOfCall(methodName: string, payload: unknown = null, last = /^call\.(answered|failed)$/) {
  const before = scene.agent.lines().length;
  await callMethod(scene.hub, DEVICE_ID, { methodName, payload });
  const fits = () =>
    scene.agent
      .lines()
      .slice(before)
      .find((line) => line.method === methodName && last.test(String(line.event)));
  await waitUntil("the call has its last line", () => fits() !== undefined);
  const id = fits()?.requestId;
  return scene.agent.lines().filter((line) => line.requestId === id);
}

describe("one request id joins all lines of a call, from its arrival to its answer", () => {
  it.each(["worker", "agent", "program", "daemon"])("in a plugin of its own kind: %s", async (kind) => {
    const plugin = kind === "agent" ? "here" : kind;
    const lines = await linesOfCall(`in.${kind}`);
    for (const line of lines)
      expect(line).toMatchObject({ plugin: expect.any(String), method: `in.${kind}` });
    expect(lines.map(({ event, msg }) => event ?? msg).filter((what) => what !== "mine.works")).toEqual(
      kind === "worker" || kind === "agent"
        ? ["call.arrived", "call.answered"]
        : ["call.arrived", "at work", "call.answered"],
    );
    expect(lines.filter(({ msg }) => msg === "at work")).toHaveLength(1);
    expect(lines[0]).toMatchObject({ plugin });
  });

  it("over HTTP the sidecar is told the id", async () => {
    const lines = await linesOfCall("in.sidecar");
    expect(lines.map(({ event }) => event)).toEqual(["call.arrived", "call.answered"]);
    expect(asked).toEqual([lines[0]?.requestId]);
  });

  it("of a handler that fails, with its error", async () => {
    const lines = await linesOfCall("in.worker", "fail");
    expect(lines.map(({ event }) => event)).toEqual(["call.arrived", "mine.works", "call.failed"]);
    expect(lines.at(-1)).toMatchObject({
      level: "error",
      plugin: "worker",
      status: 500,
      outcome: "method_failed",
      ms: expect.any(Number),
      err: { message: "the pump is dry", stack: expect.stringContaining("worker.mjs") },
    });
  });

  it("of a job, to its end, with the job's id", async () => {
    const lines = await linesOfCall("in.worker", "job", /^job\.ended$/);
    expect(lines.map(({ event, msg }) => event ?? msg)).toEqual([
      "call.arrived",
      "mine.works",
      "call.answered",
      "job.starts",
      "the work goes on",
      "job.ended",
    ]);
    const { jobId } = lines.at(-1) ?? {};
    expect(jobId).toEqual(expect.any(String));
    expect(lines.slice(-3).map((line) => line.jobId)).toEqual([jobId, jobId, jobId]);
  });
});

it("every line of hubhand's own has an event, from the start on", () => {
  const without = scene.agent.lines().filter((line) => line.event === undefined && line.plugin === undefined);
  expect(without).toEqual([]);
});

it("hubhand.logs finds lines by event, or by its part", async () => {
  const ask = async (event: string) => {
    const answer = await callMethod(scene.hub, DEVICE_ID, { methodName: "hubhand.logs", payload: { event } });
    return (answer.payload as { lines: { event: string }[] }).lines.map((line) => line.event);
  };
  expect(await ask("plugin.serves")).toHaveLength(6);
  expect(new Set(await ask("link"))).toEqual(new Set(["link.connecting", "link.online"]));
});

it("the file has an error at once, with all lines before it; after kill -9 no more than the delay's are lost", async () => {
  const inFile = () =>
    readFileSync(logFile, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  await linesOfCall("in.agent", "fail");
  const upTo = scene.agent.lines().findLastIndex(({ event }) => event === "call.failed");
  await waitUntil("the error is in the file", () => inFile().length > upTo);
  const written = inFile().map((line) => JSON.parse(line));
  expect(written).toEqual(scene.agent.lines().slice(0, upTo + 1));
  await linesOfCall("in.agent");
  scene.agent.kill("SIGKILL");
  await scene.agent.exited;
  expect(inFile()).toHaveLength(written.length);
});

it("an agent that ends in order, or cannot start, leaves its last line in the file", async () => {
  const path = join(await cleanUp.folder(), "hubhand.log");
  const agent = startHubhand(["run"], {
    HUBHAND_CONNECTION_STRING: scene.hub.deviceConnectionString(DEVICE_ID),
    HUBHAND_HUB_CA_FILE: "/there/is/none.pem",
    HUBHAND_OBSERVE_PORT: "0",
    HUBHAND_LOG_FILE_PATH: path,
    HUBHAND_LOG_FILE_WRITE_DELAY: "10m",
  });
  expect(await agent.exited).toBe(78);
  expect(readFileSync(path, "utf8")).toContain('"event":"agent.starts"');
});

it("a log file that cannot be is a mistake of the configuration: exit code 78, and why", async () => {
  const agent = startHubhand(["run"], {
    HUBHAND_CONNECTION_STRING: scene.hub.deviceConnectionString(DEVICE_ID),
    HUBHAND_LOG_FILE_PATH: "/there/is/none/hubhand.log",
  });
  expect(await agent.exited).toBe(78);
  expect(agent.errors()).toContain(
    "log.file.path: /there/is/none/hubhand.log cannot be the log's file: its folder is not there",
  );
});
