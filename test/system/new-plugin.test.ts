import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { KINDS, writeNewPlugin } from "../../src/new-plugin/new-plugin.ts";
import { DEVICE_ID, startAgentOnHub } from "../support/agent/agent-on-hub.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { methodCaller } from "../support/hub/call-method.ts";

const cleanUp = cleanUpAfterEach();
const hasPython = spawnSync("python3", ["--version"]).status === 0;
if (!hasPython) process.stderr.write("SKIPPED: there is no python3 here to run the Python templates with\n");

const NEW = Object.entries(KINDS).flatMap(([kind, { languages }]) =>
  languages
    .filter((language) => hasPython || language !== "python")
    .map((language) => ({ kind, language, name: `${kind}-${language}` })),
);

/** Starts a new service on a free port, and declares that it is there. */
async function startService(folder: string, language: string): Promise<void> {
  const [program, file] =
    language === "python" ? ["python3", "service.py"] : [process.execPath, "service.mjs"];
  const service = spawn(program, [path.join(folder, file)], {
    env: { PATH: process.env.PATH, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  cleanUp.add(async () => {
    const ended = once(service, "exit");
    service.kill("SIGKILL");
    await ended;
  });
  const [port] = (await once(service.stdout, "data")) as [Buffer];
  const declaration = path.join(folder, "plugin.yaml");
  const text = await readFile(declaration, "utf8");
  await writeFile(
    declaration,
    text.replace(/^url: .*$/m, `url: http://127.0.0.1:${port.toString().trim()}/{method}`),
  );
}

it("a device answers with each kind of new plugin, in each language", async () => {
  const directory = await cleanUp.folder();
  for (const { kind, language, name } of NEW) {
    await writeNewPlugin({ name, kind, language, directory });
    if (kind === "http") await startService(path.join(directory, name), language);
  }
  const { hub, agent } = await startAgentOnHub(cleanUp, { plugins: directory });
  const call = await methodCaller(hub);
  const methods = NEW.map(({ name }) => `${name}.greet`);
  for (const { name } of NEW)
    await agent.line(
      `${name} serves`,
      ({ plugin, msg }) => plugin === name && String(msg).includes("serves"),
    );
  const replies = await Promise.all(
    methods.map((methodName) => call(DEVICE_ID, { methodName, payload: { name: "world" } })),
  );
  expect(replies).toEqual(methods.map(() => ({ status: 200, payload: { greeting: "hello world" } })));
  const refused = await Promise.all(
    methods.map((methodName) => call(DEVICE_ID, { methodName, payload: {} })),
  );
  expect(refused.map(({ status }) => status)).toEqual(methods.map(() => 400));
});
