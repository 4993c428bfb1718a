import { type ChildProcessByStdio, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { beforeAll, describe, expect, test } from "vitest";
import { cleanUpAfterAll } from "../support/clean-up.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const cleanUp = cleanUpAfterAll();

/** docs/supply-chain.md says the same. */
const BUDGET = { packages: 170, packed: 2_600_000, installed: 10_000_000 };

/** Not packed from, and large. */
const LEFT_OUT = new Set([".git", "node_modules", "dist", "build", "test", "bench", ".hubhand", "state"]);

const { HOME = "" } = process.env;
const env = {
  HOME,
  PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH ?? ""}`,
  npm_config_update_notifier: "false",
};

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

let checkout: string;
let project: string;
let packed: Packed;

/** As who releases does, in a copy of this checkout: other tests read the package.json that packing replaces. */
beforeAll(async () => {
  checkout = await cleanUp.folder();
  project = await cleanUp.folder();
  for (const entry of readdirSync(ROOT)) {
    if (!LEFT_OUT.has(entry)) cpSync(path.join(ROOT, entry), path.join(checkout, entry), { recursive: true });
  }
  symlinkSync(path.join(ROOT, "node_modules"), path.join(checkout, "node_modules"));
  const told = JSON.parse(npm(checkout, "pack", "--json", "--loglevel=error")) as
    | Packed[]
    | Record<string, Packed>;
  packed = Object.values(told)[0] as Packed;
  writeFileSync(path.join(project, "package.json"), '{"private":true}');
  npm(project, "install", "--offline", "--no-audit", "--no-fund", path.join(checkout, packed.filename));
}, 240_000);

function npm(cwd: string, ...args: string[]): string {
  return execFileSync("npm", args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** `npx hubhand …`, without the second that npx takes. */
function hubhand(...args: string[]) {
  const program = path.join(project, "node_modules/.bin/hubhand");
  return spawnSync(program, args, { cwd: project, env, encoding: "utf8" });
}

/** The same, and it goes on. */
function start(verb: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const program = path.join(project, "node_modules/.bin/hubhand");
  const child = spawn(program, [verb, ...args], {
    cwd: project,
    env: { ...env, ...more },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  cleanUp.add(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  return child;
}

const read = (...steps: string[]): string => readFileSync(path.join(...steps), "utf8");

describe("npm pack", () => {
  test("leaves the checkout's package.json as it was", () => {
    expect(read(checkout, "package.json")).toBe(read(ROOT, "package.json"));
  });

  test("packs what who installs it needs, and nothing that only who works on it does", () => {
    const files = packed.files.map((file) => file.path);
    const needed = [
      ...["LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md", "bin/hubhand.js", "dist/main.js"],
      ...["dist/types/index.d.ts", "dist/types/testing.d.ts", "dist/types/local-hub.d.ts"],
      ...["dist/THIRD-PARTY-LICENSES.txt", "dist/sbom.cdx.json", "docs/README.md", "config/example.yaml"],
      ...[
        "examples/demo/device-method.ts",
        "deploy/prometheus/prometheus.yml",
        "deploy/fleet/device-files.mjs",
      ],
    ];
    expect(needed.filter((file) => !files.includes(file))).toEqual([]);
    expect(
      files.filter((file) =>
        /^(src|test|bench|scripts|build|\.)|\.map$|\.tgz$|\.(key|pem)$|secret/i.test(file),
      ),
    ).toEqual([]);
  });

  test("keeps to the budget of the docs, in packages and in size", () => {
    const licences = read(project, "node_modules/hubhand/dist/THIRD-PARTY-LICENSES.txt");
    const packages = licences.match(/^(?:@[\w.-]+\/)?[\w.-]+ \d+\.\d+\.\d+\S* \(/gm) ?? [];
    expect(packages.length).toBeGreaterThan(100);
    expect(packages.length).toBeLessThanOrEqual(BUDGET.packages);
    expect(packed.size).toBeLessThanOrEqual(BUDGET.packed);
    expect(packed.unpackedSize).toBeLessThanOrEqual(BUDGET.installed);
    const page = read(ROOT, "docs/supply-chain.md");
    for (const figure of [`${BUDGET.packages} packages`, "2.6 MB", "10 MB"]) expect(page).toContain(figure);
  });
});

describe("installed in an empty folder, without a registry", () => {
  test("it is one package, and has everything in it", () => {
    expect(readdirSync(path.join(project, "node_modules")).filter((name) => !name.startsWith("."))).toEqual([
      "hubhand",
    ]);
    const manifest = JSON.parse(read(project, "node_modules/hubhand/package.json")) as object;
    for (const field of ["dependencies", "devDependencies", "scripts", "overrides"]) {
      expect(manifest).not.toHaveProperty(field);
    }
    expect(JSON.stringify(manifest)).not.toContain("hubhand-source");
  });

  test("it tells its version", () => {
    const { version } = JSON.parse(read(ROOT, "package.json")) as { version: string };
    expect(hubhand("--version").stdout).toBe(`${version}\n`);
  });

  test("the demo shows a call and its reply, with a plugin in TypeScript", () => {
    const { status, stdout, stderr } = hubhand("demo", "--once");
    expect(stderr).toBe("");
    expect(stdout).toContain('response  {"Response":"This is the response from the device"}');
    expect(status).toBe(0);
  });

  test("a new plugin is written, passes its test, and is seen by check", () => {
    expect(hubhand("new-plugin", "soil").status).toBe(0);
    expect(hubhand("test").stdout).toMatch(/fail 0/);
    const { status, stdout } = hubhand("check", "--json");
    expect(JSON.parse(stdout)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ result: "ok", detail: expect.stringContaining("soil") }),
        expect.objectContaining({ result: "fatal", detail: expect.stringContaining("No connection string") }),
      ]),
    );
    expect(status).toBe(1);
  });

  test("run serves that plugin to call, over hub", async () => {
    const first = async (
      child: ChildProcessByStdio<null, Readable, null>,
      fits: (line: string) => boolean,
    ) => {
      for await (const line of createInterface({ input: child.stdout })) if (fits(line)) return line;
      throw new Error("it ended before it said so");
    };
    const free = ["--mqtt-port", "0", "--https-port", "0"];
    const hub = start("hub", [...free, "--data-dir", "hub", "--device", "pi-1", "--json"]);
    const told = JSON.parse(await first(hub, () => true)) as {
      devices: Record<string, string>;
      serviceConnectionString: string;
    };
    const agent = start("run", ["--observe-port", "0", "--hub-ca-file", "hub/ca.pem"], {
      HUBHAND_CONNECTION_STRING: told.devices["pi-1"] ?? "",
    });
    await first(agent, (line) => line.includes('plugin \\"soil\\" serves'));
    const payload = '{"name":"world"}';
    const call = [
      "pi-1",
      "soil.greet",
      payload,
      "--connect-timeout",
      "30s",
      "--ca-file",
      "hub/ca.pem",
      "--json",
    ];
    const login = { IOTHUB_CONNECTION_STRING: told.serviceConnectionString };
    const answer = await first(start("call", call, login), () => true);
    expect(JSON.parse(answer)).toMatchObject({ status: 200, payload: { greeting: "hello world" } });
  });

  test("programs import what it exports", () => {
    const program = `
      import { definePlugin } from "hubhand";
      import { testPlugin } from "hubhand/testing";
      import { startLocalHub } from "hubhand/local-hub";
      await using plugin = await testPlugin(definePlugin({ methods: { double: (n) => 2 * n } }));
      const hub = await startLocalHub({});
      console.log((await plugin.call("double", 21)).payload, hub.mqttPort > 0);
      await hub.stop();`;
    const args = ["--input-type=module", "--eval", program];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: project, env, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout).toBe("42 true\n");
  });
});

describe.each([
  ["node16", "node16"],
  ["bundler", "esnext"],
])("its types, where moduleResolution is %s", (moduleResolution, module) => {
  test("are right and enough: strict, without skipLibCheck, with Node's own types and no others", () => {
    const folder = path.join(project, moduleResolution);
    mkdirSync(folder);
    writeFileSync(path.join(folder, "package.json"), '{"type":"module"}');
    writeFileSync(path.join(folder, "plugin.ts"), PLUGIN);
    const types = ["--types", "node", "--typeRoots", path.join(ROOT, "node_modules/@types")];
    const flags = ["--strict", "--noEmit", "--target", "es2024", "--lib", "es2024,esnext.disposable"];
    const how = ["--module", module, "--moduleResolution", moduleResolution];
    const compiler = path.join(ROOT, "node_modules/typescript/bin/tsc");
    const args = [compiler, ...flags, ...how, ...types, "plugin.ts"];
    const { stdout } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: "utf8" });
    expect(stdout).toMatch(/^plugin\.ts\(19,\d+\): error TS2339/);
    expect(stdout.split("\n").filter((line) => line !== "")).toHaveLength(1);
  });
});

const PLUGIN = `import { definePlugin, type PluginLog } from "hubhand";
import { startLocalHub, type LocalHub } from "hubhand/local-hub";
import { testPlugin } from "hubhand/testing";

const plugin = definePlugin({
  methods: {
    greet: {
      schema: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
      handler({ name }, { log }) {
        const mine: PluginLog = log.child({ of: "greet" });
        mine.info({ name }, "greets");
        return { greeting: name.toUpperCase() };
      },
    },
  },
});
await using tested = await testPlugin(plugin);
const { status }: { status: number } = await tested.call("greet", { name: "you" });
const hub: LocalHub = await startLocalHub({}); hub.nothing;
export const told: [number, number] = [status, hub.mqttPort];
`;
