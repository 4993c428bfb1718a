import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Metafile } from "esbuild";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { bundle, writeLicences, writeSbom } from "../../scripts/build.ts";
import type { Sbom } from "../../scripts/sbom.ts";
import { loadAgent } from "../../src/agent-file.ts";
import { MEBIBYTE } from "../../src/sizes.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Nobody listens there: the agent runs, and goes on trying. */
const UNREACHABLE = `HostName=127.0.0.1:1;DeviceId=d;SharedAccessKey=${Buffer.alloc(32, "k").toString("base64")}`;

/** docs/supply-chain.md tells what it is now. */
const MOST_AGENT_BYTES = 1_000_000;

/** As on a device: the bundle, package.json, and no node_modules anywhere above. */
let home: string;
let metafile: Metafile;

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), "hubhand-bundle-"));
  metafile = await bundle({ outdir: path.join(home, "dist"), commit: "0123456789ab" });
  cpSync(path.join(ROOT, "package.json"), path.join(home, "package.json"));
}, 60_000);

afterAll(() => rmSync(home, { recursive: true, force: true }));

const main = (): string => path.join(home, "dist/main.js");

function hubhand(...args: string[]) {
  const { PATH, HOME } = process.env;
  return spawnSync(process.execPath, [main(), ...args], { cwd: home, env: { PATH, HOME }, encoding: "utf8" });
}

/** What went into the file that a device starts with, and its size. */
function agentFile() {
  const [output] = Object.entries(metafile.outputs).filter(([file]) => path.basename(file) === "agent.cjs");
  if (output === undefined) throw new Error("there is no agent.cjs");
  return { inputs: Object.keys(output[1].inputs), bytes: output[1].bytes };
}

/** Every file that is loaded together with the one that this source file went into, and the sources in them. */
function loadedWith(source: string): string[] {
  const { outputs } = metafile;
  const pending = Object.keys(outputs).filter((file) => outputs[file]?.entryPoint === source);
  expect(pending).toHaveLength(1);
  const seen = new Set<string>();
  for (const file of pending) {
    if (seen.has(file)) continue;
    seen.add(file);
    const imports = outputs[file]?.imports ?? [];
    pending.push(
      ...imports
        .filter(({ kind, external }) => kind === "import-statement" && !external)
        .map((each) => each.path),
    );
  }
  return [...seen].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
}

describe("the bundle, without node_modules", () => {
  // The others run, out of the package: test/release/package.test.ts.
  test("has the verb config", () => {
    const { status, stdout } = hubhand("config");
    expect(stdout.length).toBeGreaterThan(100);
    expect(status).toBe(0);
  });

  test("ends with 78 and a sentence if there is no connection string", () => {
    const { status, stdout, stderr } = hubhand("run");
    expect(stderr).toContain("hubhand: No connection string. Set HUBHAND_CONNECTION_STRING");
    expect(stdout + stderr).not.toMatch(/^ +at /m);
    expect(status).toBe(78);
  });

  test("writes for people where a person reads", () => {
    const { stdout, stderr } = hubhand("run", "--log-format", "pretty");
    expect(stderr).toContain("No connection string");
    expect(stdout).toMatch(/INFO.*hubhand .* starts/);
  });

  test("runs a TypeScript plugin from a folder that belongs to no package, and stops when asked to", async () => {
    const plugins = path.join(mkdtempSync(path.join(tmpdir(), "hubhand-plugins-")), "plugins");
    onTestFinished(() => rmSync(path.dirname(plugins), { recursive: true, force: true }));
    mkdirSync(plugins);
    writeFileSync(
      path.join(plugins, "greeter.ts"),
      `import { definePlugin, type MethodHandler } from "hubhand";
       const handler: MethodHandler = () => ({ greeting: "hello" });
       export default definePlugin({ methods: { greet: { handler } } });`,
    );
    const agent = startAgent(plugins);
    const starts = await agent.line((message) => message.includes(" starts"));
    expect(starts).toMatchObject({ commit: "0123456789ab" });
    await agent.line((message) => message === 'plugin "greeter" serves');
    agent.process.kill("SIGTERM");
    expect(await once(agent.process, "exit")).toEqual([0, null]);
    // Node warns of what is experimental: people would ask what it means.
    expect(await agent.complaints).toBe("");
  });
});

describe("the files of the bundle", () => {
  test("lie beside each other, as code that looks for its neighbours expects", () => {
    const folders = readdirSync(path.join(home, "dist"), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    // What a browser takes is none of theirs.
    expect(folders.map(({ name }) => name)).toEqual(["status-page"]);
  });

  test("load the local hub's broker and the service SDK only for the verbs that need them", () => {
    for (const verb of ["src/main.ts", "src/commands/run.ts", "src/index.ts"]) {
      const strangers = loadedWith(verb).filter((file) =>
        /node_modules\/(aedes|azure-iothub|@peculiar|re2js)\//.test(file),
      );
      expect({ verb, strangers }).toEqual({ verb, strangers: [] });
    }
    expect(loadedWith("src/commands/hub.ts").join()).toContain("node_modules/aedes/");
  });

  test("leave what few devices want alone: it is loaded when the configuration, or what started them, asks for it", () => {
    const lazy = [
      ...["src/agent/schedule/metrics-messages.ts", "src/observe/metrics/snapshot.ts"],
      ...["src/service-manager/service-manager.ts", "src/observe/log/journal.ts"],
    ];
    expect(metafile.inputs).toMatchObject(Object.fromEntries(lazy.map((file) => [file, {}])));
    expect(loadedWith("src/commands/run.ts").filter((file) => lazy.includes(file))).toEqual([]);
  });

  test("are one for the agent, with nothing of other verbs, nor of what the SDKs bring along and nobody calls", () => {
    const { inputs, bytes } = agentFile();
    expect(inputs).toEqual(expect.arrayContaining(["src/agent.ts", "node_modules/ajv/dist/2020.js"]));
    const strangers =
      /node_modules\/(aedes|azure-iothub|@peculiar|re2js|@azure\/storage-blob|getos|es-abstract|@hono|pino-pretty)\/|src\/(local-hub|service)\//;
    expect(inputs.filter((file) => strangers.test(file))).toEqual([]);
    expect(bytes).toBeLessThan(MOST_AGENT_BYTES);
  });

  test("let the next start have what V8 compiled, and not if a bit of it has turned", () => {
    const dist = pathToFileURL(`${path.join(home, "dist")}/`);
    const cache = path.join(home, `dist/agent-${process.arch}.cache`);
    onTestFinished(() => rmSync(cache, { force: true }));
    const first = loadAgent(dist);
    expect(first?.isWarm).toBe(false);
    first?.keepCompiled();
    expect(loadAgent(dist)?.isWarm).toBe(true);
    const bytes = readFileSync(cache);
    bytes[bytes.length - 100] = (bytes.at(-100) ?? 0) ^ 1;
    writeFileSync(cache, bytes);
    expect(loadAgent(dist)?.isWarm).toBe(false);
  });

  test.skipIf(process.platform === "win32")(
    "do not wait for what is no file, where the cache should be",
    () => {
      const cache = path.join(home, `dist/agent-${process.arch}.cache`);
      onTestFinished(() => rmSync(cache, { force: true }));
      spawnSync("mkfifo", [cache]);
      const agent = loadAgent(pathToFileURL(`${path.join(home, "dist")}/`));
      expect(agent?.isWarm).toBe(false);
      agent?.keepCompiled();
      expect(statSync(cache).isFile()).toBe(true);
    },
  );

  test("are compiled for the flags that the agent runs with, and those that the image starts Node with", () => {
    const flags = JSON.parse(
      /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(path.join(ROOT, "Dockerfile"), "utf8"))?.[1] ?? "",
    );
    const cache = path.join(home, `dist/agent-${process.arch}.cache`);
    onTestFinished(() => rmSync(cache, { force: true }));
    // V8 tells so what it takes of what was compiled earlier.
    const node = (...args: string[]) =>
      spawnSync(process.execPath, [...flags.slice(1, -1), "--profile-deserialization", ...args], {
        cwd: home,
        encoding: "utf8",
      });
    node(path.join(ROOT, "scripts/keep-compiled.ts"), path.dirname(cache));
    expect(statSync(cache).size).toBeGreaterThan(MEBIBYTE);
    const taken = [...node(main(), "run").stdout.matchAll(/Deserializing from (\d+) bytes/g)];
    expect(Math.max(...taken.map(([, bytes]) => Number(bytes)))).toBeGreaterThan(MEBIBYTE);
  });

  test("leave the probe alone: it loads nothing but itself and Node", () => {
    expect(loadedWith("src/probe.ts")).toEqual(["src/probe.ts"]);
  });
});

test("the bill of materials has each package whose licence goes along, by version, with hash and licence, and no tool", () => {
  const dist = path.join(home, "dist");
  writeSbom(metafile, dist);
  writeLicences(metafile, dist);
  const { metadata, components } = JSON.parse(readFileSync(path.join(dist, "sbom.cdx.json"), "utf8")) as Sbom;
  expect(metadata.component.name).toBe("hubhand");
  const licences = readFileSync(path.join(dist, "THIRD-PARTY-LICENSES.txt"), "utf8");
  const named = [...licences.matchAll(/(?:^|\n-{80}\n\n)(\S+) (\S+) \(/g)].map(
    ([, name, version]) => `${name}@${version}`,
  );
  const listed = components.map((each) => each["bom-ref"]);
  expect(listed).toContain("yaml@2.9.1");
  expect(new Set(listed)).toEqual(new Set(named));
  for (const each of components) expect(each).toMatchObject({ hashes: [{ alg: "SHA-512" }] });
  // Its package.json says it in a way that npm no longer reads; its text goes along.
  const unlicensed = components.filter((each) => !("licenses" in each)).map(({ name }) => name);
  expect(unlicensed).toEqual(["machina"]);
  expect(listed.filter((each) => /^(esbuild|vitest|typescript|npm)@/.test(each))).toEqual([]);
});

test("what each plugin's thread loads is small, and ours alone", () => {
  const files = loadedWith("src/plugins/hosts/worker/entry.ts");
  expect(files.filter((file) => file.includes("node_modules"))).toEqual([]);
  expect(files.length).toBeLessThan(33);
});

interface StartedAgent {
  readonly process: ChildProcess;
  /** Its standard error, when it has ended. */
  readonly complaints: Promise<string>;
  /** The first line, of those not yet read, whose message fits. */
  line(fits: (message: string) => boolean): Promise<Record<string, unknown>>;
}

function startAgent(plugins: string): StartedAgent {
  const { PATH, HOME } = process.env;
  const flags = ["--observe-port", "0", "--plugins-directory", plugins];
  const agent = spawn(process.execPath, [main(), "run", ...flags], {
    cwd: home,
    env: { PATH, HOME, HUBHAND_CONNECTION_STRING: UNREACHABLE },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void agent.kill("SIGKILL"));
  const complaints = text(agent.stderr);
  const lines = createInterface({ input: agent.stdout })[Symbol.asyncIterator]();
  return {
    process: agent,
    complaints,
    async line(fits) {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error("the agent ended before the line came");
        const line = JSON.parse(value) as Record<string, unknown>;
        if (fits(String(line.msg))) return line;
      }
    },
  };
}
