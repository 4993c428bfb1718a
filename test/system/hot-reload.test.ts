import { chmod, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type AgentOnHub, DEVICE_ID, startAgentOnHub } from "../support/agent/agent-on-hub.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

interface Scene extends AgentOnHub {
  readonly plugins: string;
  /** Puts a file into the plugins folder, as an editor does. */
  write(file: string, text: string): Promise<void>;
  remove(file: string): Promise<void>;
  call(methodName: string, payload?: unknown): Promise<{ status: number; payload: unknown }>;
  /** Resolves when the log says this of a plugin. */
  told(plugin: string, text: string, version?: string): Promise<unknown>;
}

async function startScene(files: Readonly<Record<string, string>>): Promise<Scene> {
  const plugins = await cleanUp.folder();
  const elsewhere = await cleanUp.folder();
  const write = async (file: string, text: string) => {
    await writeFile(join(elsewhere, "new"), text);
    await rename(join(elsewhere, "new"), join(plugins, file));
  };
  for (const [file, text] of Object.entries(files)) await write(file, text);
  const scene = await startAgentOnHub(cleanUp, { plugins, env: { HUBHAND_PLUGINS_RELOAD: "true" } });
  return {
    ...scene,
    plugins,
    write,
    remove: (file) => rm(join(plugins, file)),
    call: (methodName, payload) => callMethod(scene.hub, DEVICE_ID, { methodName, payload }),
    told: (plugin, text, version) =>
      scene.agent.line(
        `${plugin}: ${text}`,
        (line) =>
          line.plugin === plugin &&
          String(line.msg).includes(text) &&
          (version === undefined || line.version === version),
      ),
  };
}

/** Answers with its version; a call of `slow` lasts until a file is there. */
const greeter = (version: string): string => `
import { existsSync } from "node:fs";
export default {
  version: "${version}",
  methods: {
    greet: () => "${version}",
    slow: async (path, { log }) => {
      log.info("begun");
      while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10));
      return "slow of ${version}";
    },
  },
};`;

it("a changed file serves at once, and a call under way ends on the version that it began with", async () => {
  const { hub, agent, url, write, call, told } = await startScene({ "greeter.mjs": greeter("1") });
  const flag = join(await cleanUp.folder(), "go on");
  const slow = callMethod(hub, DEVICE_ID, { methodName: "slow", payload: flag });
  await agent.line("the slow call is under way", ({ msg }) => msg === "begun");
  await write("greeter.mjs", greeter("2"));
  await told("greeter", "serves in its new version", "2");
  expect(await call("greet")).toEqual({ status: 200, payload: "2" });
  await writeFile(flag, "");
  expect(await slow).toEqual({ status: 200, payload: "slow of 1" });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('hubhand_link_sessions_total{outcome="online"} 1');
});

it("a new version that is broken leaves the old one serving, and says so", async () => {
  const { url, write, call, told } = await startScene({ "greeter.mjs": greeter("1") });
  await write("greeter.mjs", "export default { methods: ");
  await told("greeter", "the new version of plugin");
  expect(await call("greet")).toEqual({ status: 200, payload: "1" });
  const readyz = (await (await fetch(`${url}/readyz`)).json()) as {
    parts: { plugins: { plugins: { name: string; up: boolean; problem?: string }[] } };
  };
  const status = readyz.parts.plugins.plugins.find(({ name }) => name === "greeter");
  expect(status).toMatchObject({ up: true, problem: expect.stringMatching(/^its new version is broken: /) });
  await write("greeter.mjs", greeter("3"));
  await told("greeter", "serves in its new version", "3");
  expect(await call("greet")).toEqual({ status: 200, payload: "3" });
});

it("a file that is added is served, one that is removed is not any more", async () => {
  const { write, remove, call, told } = await startScene({ "greeter.mjs": greeter("1") });
  await write("counter.mjs", "let n = 0; export default { methods: { count: () => (n += 1) } };");
  await told("counter", "serves");
  expect(await call("count")).toEqual({ status: 200, payload: 1 });
  await remove("counter.mjs");
  await told("counter", "is gone");
  expect((await call("count")).status).toBe(404);
  expect(await call("greet")).toEqual({ status: 200, payload: "1" });
});

it("a plugin that lacked a method's name gets it when the other gives it up", async () => {
  const { write, remove, call, told } = await startScene({
    "a.mjs": "export default { methods: { x: () => 'of a' } };",
  });
  // Not with the other: on a slow machine who is ready first has the name.
  await write("b.mjs", "export default { methods: { x: () => 'of b' } };");
  await told("b", "is broken");
  expect(await call("x")).toEqual({ status: 200, payload: "of a" });
  await remove("a.mjs");
  await told("b", "serves");
  expect(await call("x")).toEqual({ status: 200, payload: "of b" });
});

it("no call is lost while a file changes again and again", async () => {
  const { write, call, told } = await startScene({ "greeter.mjs": greeter("0") });
  let changing = true;
  const statuses: number[] = [];
  const calling = (async () => {
    while (changing) statuses.push((await call("greet")).status);
  })();
  for (let version = 1; version <= 5; version += 1) {
    await write("greeter.mjs", greeter(String(version)));
    await told("greeter", "serves in its new version", String(version));
  }
  await waitUntil("some calls were answered", () => statuses.length > 5);
  changing = false;
  await calling;
  expect(new Set(statuses)).toEqual(new Set([200]));
});

it("a script that gets its x bit is taken then, and is told what it lacks before", async () => {
  const { agent, plugins, write, call, told } = await startScene({ "greeter.mjs": greeter("1") });
  await write("late.sh", "#!/bin/sh\necho '\"late\"'\n");
  await agent.line("it is told", ({ ignored }) =>
    JSON.stringify(ignored ?? "").includes("late.sh (a script that may not be run: chmod +x)"),
  );
  await chmod(join(plugins, "late.sh"), 0o755);
  await told("late", "serves");
  expect(await call("late")).toEqual({ status: 200, payload: "late" });
});
