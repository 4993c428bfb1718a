import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { thisMachine } from "../../../src/check/here/machine.ts";
import { MEBIBYTE } from "../../../src/sizes.ts";
import { createTestCertificate } from "../../support/certificates.ts";
import { cleanUpAfterAll } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { each, listening } from "../planting.ts";
import { checkWith, spokenBy, startHub } from "../support.ts";

const run = promisify(execFile);
const cleanUp = cleanUpAfterAll();
let well: Record<string, string>;
let folder: string;

beforeAll(async () => {
  ({ env: well } = await startHub(cleanUp));
  folder = await cleanUp.folder();
});

async function written(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

describe("the disk", () => {
  const mounted = async (options: string): Promise<string | undefined> => {
    const place = await cleanUp.folder();
    const mount = await run("mount", ["-t", "tmpfs", "-o", options, "tmpfs", place]).catch(() => undefined);
    if (mount === undefined) return undefined;
    cleanUp.add(() => run("umount", [place]));
    return place;
  };

  it.for([
    ["is full", "size=1m", /has 1 MiB free/],
    ["is read-only", "size=64m,ro", /the disk is read-only/],
    ["has no room for another file", "size=64m,nr_inodes=2", /room for \d+ more files/],
  ] as const)("that %s", async ([, options, detail], { skip }) => {
    const place = await mounted(options);
    if (place === undefined) return skip("nobody but root may mount, and not in every container");
    const checked = await checkWith({ env: { ...well, HUBHAND_STATE_DIRECTORY: place } });
    expect(spokenBy(checked)).toEqual({ "state-directory": "warning" });
    expect(checked.of("state-directory")?.detail).toMatch(detail);
  });
});

it("the agent that runs has its port, by HTTP or HTTPS: no fault", async () => {
  const { certificate: cert, privateKey: key } = await createTestCertificate({ commonName: "pi" });
  const livez: RequestListener = ({ url }, response) =>
    response.end(url === "/livez" ? JSON.stringify({ alive: true }) : "");
  for (const server of [createHttpServer(livez), createHttpsServer({ cert, key }, livez)]) {
    const port = String(await listening(cleanUp, server));
    const checked = await checkWith({ env: { ...well, HUBHAND_OBSERVE_PORT: port } });
    expect(checked.of("observe-port")).toMatchObject({ result: "ok", detail: expect.stringMatching(/runs/) });
  }
});

it("the limits that count are those of the agent that runs", async () => {
  const directory = await cleanUp.folder();
  const agent = spawn("sh", ["-c", "ulimit -n 77; exec node -e 'setInterval(() => {}, 1000)' run"]);
  cleanUp.add(() => agent.kill("SIGKILL"));
  await once(agent, "spawn");
  await waitUntil("it is an agent by its looks", async () =>
    (await readFile(`/proc/${agent.pid}/cmdline`, "utf8")).includes("\0run\0"),
  );
  const boot = { count: 1, startedAt: new Date().toISOString(), pid: agent.pid };
  await writeFile(join(directory, "boot.json"), JSON.stringify(boot));
  const env = { ...well, HUBHAND_STATE_DIRECTORY: directory };
  const asked: (number | undefined)[] = [];
  const memoryLimit = async (pid?: number) => {
    asked.push(pid);
    return 256 * MEBIBYTE;
  };
  const checked = await checkWith({
    env,
    only: ["memory", "open-files"],
    machine: { ...thisMachine, memoryLimit },
  });
  const whose = `, for the agent that runs (process ${agent.pid})`;
  expect(checked.of("memory")).toMatchObject({ result: "ok", detail: `256 MiB${whose}` });
  expect(checked.of("open-files")?.detail).toContain(`77${whose}`);
  expect(asked).toEqual([agent.pid]);
});

describe("this machine", () => {
  each({
    "a state folder that is a file": async () => ({
      env: { ...well, HUBHAND_STATE_DIRECTORY: await written("state", "") },
      says: { "state-directory": "warning" },
      detail: /it is a file/,
      remedy: /state\.directory/,
    }),
    "a damaged file of messages": async () => {
      const directory = join(folder, "damaged");
      await mkdir(join(directory, "identities/pi/outbox"), { recursive: true });
      await writeFile(
        join(directory, "identities/pi/outbox/outbox.db"),
        "not a database, by any means".repeat(99),
      );
      return {
        env: { ...well, HUBHAND_STATE_DIRECTORY: directory },
        says: { "kept-messages": "warning" },
        detail: /outbox\.db: .*not a database/,
        remedy: /moves a damaged file aside/,
      };
    },
    "another agent on the state folder": async () => {
      const directory = join(folder, "shared");
      await mkdir(directory);
      const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "run"]);
      cleanUp.add(() => other.kill("SIGKILL"));
      await once(other, "spawn");
      const boot = { count: 1, startedAt: new Date().toISOString(), pid: other.pid };
      await writeFile(join(directory, "boot.json"), JSON.stringify(boot));
      return {
        env: { ...well, HUBHAND_STATE_DIRECTORY: directory, HUBHAND_OBSERVE_PORT: String(await freePort()) },
        says: { "other-agents": "warning" },
        detail: /process \d+, an agent that is not the one of/,
        remedy: /state\.directory/,
      };
    },
    "a port that another program has": async () => ({
      env: {
        ...well,
        HUBHAND_OBSERVE_PORT: String(
          await listening(
            cleanUp,
            createHttpServer((_, response) => response.end("hello")),
          ),
        ),
      },
      says: { "observe-port": "fatal" },
      detail: /taken by another program/,
      remedy: /observe\.port/,
    }),
    "an address of another machine": () => ({
      env: {
        ...well,
        HUBHAND_OBSERVE_HOST: "192.0.2.1",
        HUBHAND_OBSERVE_PORT: "9464",
        HUBHAND_OBSERVE_TOKEN: "0123456789abcdef",
      },
      says: { "observe-port": "fatal" },
      detail: /not an address of this machine/,
      remedy: /observe\.host/,
    }),
    "little memory, few files": () => ({
      env: well,
      machine: {
        memoryLimit: async () => 64 * MEBIBYTE,
        openFiles: async () => 64,
        hasOwnNetwork: () => false,
      },
      says: { memory: "warning", "open-files": "warning" },
      detail: /64 MiB/,
      remedy: /96 MiB/,
    }),
    "a configuration with a key that there is not": () => ({
      env: { ...well, HUBHAND_OBSERVE_PROT: "1" },
      says: { configuration: "fatal" },
      detail: /HUBHAND_OBSERVE_PROT/,
      remedy: /hubhand config/,
    }),
  });
});
