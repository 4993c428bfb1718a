import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/index.ts";
import { HubhandError } from "../../src/errors.ts";
import { startHubhand } from "../support/agent/hubhand-process.ts";
import { createLogBook } from "../support/agent/log-lines.ts";
import { startQuietly } from "../support/agent/start-quietly.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

const KEY = Buffer.alloc(32, 5).toString("base64");
const GOOD = `HostName=localhost:1;DeviceId=pi-1;SharedAccessKey=${KEY}`;

interface Start {
  env?: Record<string, string>;
  args?: string[];
}

async function start({ env = {}, args = [] }: Start) {
  const folder = await cleanUp.folder();
  await mkdir(join(folder, "plugins"));
  const agent = startHubhand(["run", ...args], { HUBHAND_OBSERVE_PORT: "0", ...env }, folder);
  cleanUp.add(() => agent.kill("SIGKILL"));
  const code = await agent.exited;
  const errors = agent.errors();
  expect(errors, "no stack trace for a user's mistake").not.toMatch(/^\s+at .+:\d+:\d+/m);
  expect(errors + agent.output(), "no key, whole or in part").not.toContain(KEY.slice(0, 12));
  return { code, errors };
}

/** The same in this process, as far as it comes: what it ends with, which `hubhand` writes on standard error. */
async function startHere(env: Record<string, string>, configFiles: string[] = []) {
  const { logger, redactor } = await createLogBook();
  const start = async () => {
    const config = loadConfig({
      env: { HUBHAND_OBSERVE_PORT: "0", ...env },
      cwd: await cleanUp.folder(),
      configFiles,
    });
    const agent = await startQuietly({ config, logger, redactor });
    cleanUp.add(() => agent.stop());
  };
  const error: unknown = await start().then(
    () => expect.fail("it started"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof HubhandError)) throw error;
  expect(error.message, "no key, whole or in part").not.toContain(KEY.slice(0, 12));
  return { code: error.exitCode, errors: error.message };
}

describe("what cannot work ends at once, with a reason and an exit code", () => {
  // One for each road by which a mistake may come: whatever it is, it is told in the same way.
  it.each<[string, Start, RegExp]>([
    [
      "no connection string",
      {},
      /No connection string.*HUBHAND_CONNECTION_STRING.*IOTHUB_DEVICE_CONNECTION_STRING/,
    ],
    ["a wrong flag", { args: ["--plugin-directory", "x"] }, /--plugin-directory/],
    ["a secret on the command line", { args: ["--hub-connection-string", GOOD] }, /not allowed/],
    [
      "a CA file that is not there",
      { env: { HUBHAND_CONNECTION_STRING: GOOD, HUBHAND_HUB_CA_FILE: "nowhere.pem" } },
      /nowhere\.pem/,
    ],
  ])("%s", async (_, options, expected) => {
    const { code, errors } = await start(options);
    expect(errors).toMatch(expected);
    expect(code).toBe(78);
  });

  it.each<[string, Required<Pick<Start, "env">>, RegExp]>([
    [
      "one without DeviceId",
      { env: { HUBHAND_CONNECTION_STRING: GOOD.replace("DeviceId=pi-1;", "") } },
      /HUBHAND_CONNECTION_STRING.*no DeviceId/,
    ],
    [
      "one with a bad key",
      { env: { IOTHUB_DEVICE_CONNECTION_STRING: GOOD.slice(0, -2) } },
      /IOTHUB_DEVICE_CONNECTION_STRING.*(base64|bytes)/,
    ],
    [
      "a service connection string",
      {
        env: {
          HUBHAND_CONNECTION_STRING: `HostName=h.net;SharedAccessKeyName=iothubowner;SharedAccessKey=${KEY}`,
        },
      },
      /service connection string/,
    ],
    [
      "an unknown variable",
      { env: { HUBHAND_OBSERVE_PROT: "1" } },
      /HUBHAND_OBSERVE_PROT.*HUBHAND_OBSERVE_PORT/,
    ],
    [
      "a value of the wrong type",
      { env: { HUBHAND_LINK_KEEP_ALIVE: "40" } },
      /HUBHAND_LINK_KEEP_ALIVE.*unit/i,
    ],
    [
      "a certificate that is to be used and is not named",
      { env: { HUBHAND_CONNECTION_STRING: "HostName=h.net;DeviceId=pi-1;x509=true" } },
      /HUBHAND_CONNECTION_STRING.*x509=true.*hub\.certificateFile and hub\.certificateKeyFile/,
    ],
    [
      "a connection string and provisioning",
      { env: { HUBHAND_CONNECTION_STRING: GOOD, HUBHAND_HUB_PROVISIONING_ID_SCOPE: "0ne1" } },
      /hub\.provisioning\.idScope.*HUBHAND_HUB_PROVISIONING_ID_SCOPE.*connection string too.*HUBHAND_CONNECTION_STRING/,
    ],
    [
      "a secondary key that is none",
      { env: { HUBHAND_CONNECTION_STRING: GOOD, HUBHAND_HUB_SECONDARY_KEY: KEY.slice(1) } },
      /hub\.secondaryKey.*HUBHAND_HUB_SECONDARY_KEY.*not base64/,
    ],
  ])("%s", async (_, { env }, expected) => {
    const { code, errors } = await startHere(env);
    expect(errors).toMatch(expected);
    expect(code).toBe(78);
  });

  it.each<[string, string, RegExp]>([
    ["a file that is not YAML", "observe: [1, 2", /settings\.yaml:\d+/],
    ["an unknown key", "observe:\n  prot: 1\n", /observe\.prot.*observe\.port/s],
    ["a value of the wrong type", "observe:\n  port: many\n", /observe\.port.*settings\.yaml:2/s],
  ])("%s", async (_, content, expected) => {
    const file = join(await cleanUp.folder(), "settings.yaml");
    await writeFile(file, content);
    const { code, errors } = await startHere({ HUBHAND_CONNECTION_STRING: GOOD }, [file]);
    expect(errors).toMatch(expected);
    expect(code).toBe(78);
  });

  it("a port in use is worth another try", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    cleanUp.add(() => other.close());
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const { code, errors } = await start({
      env: { HUBHAND_CONNECTION_STRING: GOOD, HUBHAND_OBSERVE_PORT: String(port) },
    });
    expect(errors).toContain(`127.0.0.1:${port}`);
    expect(errors).toContain("--observe-port");
    expect(code).toBe(75);
  });

  it("but a plugins folder that is missing leaves the agent up, and /readyz says why it is not ready", async () => {
    const agent = startHubhand(["run"], {
      HUBHAND_CONNECTION_STRING: GOOD,
      HUBHAND_OBSERVE_PORT: "0",
      HUBHAND_PLUGINS_DIRECTORY: join(await cleanUp.folder(), "nowhere"),
    });
    cleanUp.add(() => agent.kill("SIGKILL"));
    const { url } = await agent.line("it listens", (line) => typeof line.url === "string");
    await agent.line(
      "it tells",
      ({ level, msg }) => level === "error" && String(msg).includes("does not exist"),
    );
    const readiness = await fetch(`${url}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await readiness.json()).toMatchObject({
      ready: false,
      parts: { plugins: { ready: false, problem: expect.stringContaining("does not exist") } },
    });
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    agent.kill("SIGTERM");
    expect(await agent.exited).toBe(0);
  });
});

it("a fault of hubhand's own at the start is told in the log, where no secret is, and ends with 70", async () => {
  const secret = "correct-horse-battery";
  const fault = `import http from "node:http";
    http.Server.prototype.listen = () => { throw new Error("no listening with ${secret} and ${KEY}"); };`;
  const agent = startHubhand(["run"], {
    HUBHAND_CONNECTION_STRING: GOOD,
    HUBHAND_OBSERVE_PORT: "0",
    HUBHAND_OBSERVE_TOKEN: secret,
    NODE_OPTIONS: `--import=data:text/javascript;base64,${Buffer.from(fault).toString("base64")}`,
  });
  expect(await agent.exited).toBe(70);
  expect(agent.lines().at(-1)).toMatchObject({
    level: "fatal",
    event: "agent.fault",
    msg: "an internal fault at the start",
  });
  const all = agent.errors() + agent.output();
  expect(all).toContain("no listening with [secret] and [secret]");
  expect(all).not.toMatch(/correct-horse|BQUFBQ/);
});
