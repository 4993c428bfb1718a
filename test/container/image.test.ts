import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { compressedSizes } from "../../scripts/image-size.ts";
import { buildImage, ownName } from "./support/build-image.ts";
import { docker, ROOT, run, whyNoContainers } from "./support/engine.ts";
import { useImage } from "./support/image.ts";

const skipped = whyNoContainers();
if (skipped !== undefined) process.stderr.write(`${skipped}: the image is not tried\n`);

/** Megabytes, compressed: docs/deploy/image.md says so too. */
const BUDGET = { default: 80, minimal: 53 };

describe.skipIf(skipped !== undefined)(`the image${skipped === undefined ? "" : ` (${skipped})`}`, () => {
  const NAME = useImage();
  const MINIMAL = useImage({ target: "minimal" });
  const both = [
    ["default", NAME],
    ["minimal", MINIMAL],
  ] as const;

  test("says what it is, with a shell or without", async () => {
    const [config, minimal] = await Promise.all([NAME, MINIMAL].map(configOf));
    const { version } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
    expect(config).toMatchObject({ User: "1000:1000", StopSignal: "SIGTERM", WorkingDir: "/app" });
    expect(config.ExposedPorts).toHaveProperty("9464/tcp");
    expect(config.Healthcheck.Test).toEqual(["CMD", "node", "/app/dist/probe.js"]);
    const { "org.opencontainers.image.base.name": base, ...labels } = config.Labels;
    expect(labels).toMatchObject({
      "org.opencontainers.image.title": "hubhand",
      "org.opencontainers.image.licenses": "MIT",
      "org.opencontainers.image.version": version,
      "org.opencontainers.image.revision": "0123456789ab",
    });
    expect(base).toBe("debian:bookworm-slim");
    // The Dockerfile says the rest twice.
    expect(comparable(minimal)).toEqual(comparable(config));
    expect(await docker("run", "--rm", NAME, "--version")).toBe(version);
  });

  test.each(both)(
    "%s: without a connection string ends with 78, a sentence, and no stack",
    async (_, image) => {
      const { code, stderr } = await run("docker", ["run", "--rm", image]);
      expect(stderr).toMatch(/^hubhand: No connection string\. .*\n$/);
      expect(code).toBe(78);
    },
  );

  test.each(both)("%s: holds what runs, and nothing to build or change it with", async (_, image) => {
    const list = `const fs = require("node:fs"), os = require("node:os");
      console.log(fs.readdirSync("/app").join());
      console.log(fs.readdirSync("/app/dist").filter((name) => !/[.]js$|^agent-.*[.]cjs$/.test(name)).join());
      console.log(fs.readdirSync("/usr/local/bin").join());
      console.log(os.userInfo().username, os.userInfo().homedir);
      for (const name of ["/", "/etc", "/usr/local/bin/node", "/app", "/app/dist/main.js", "/app/plugins", "/data", "/tmp"]) {
        try { fs.accessSync(name, fs.constants.W_OK); console.log(name, "can be changed"); } catch {}
      }
      const { components } = JSON.parse(fs.readFileSync("/app/sbom.cdx.json", "utf8"));
      console.log(components.filter(({ name }) => name === "azure-iot-device").length);`;
    const lines = (await docker("run", "--rm", "--entrypoint=node", image, "-e", list)).split("\n");
    expect(lines).toEqual([
      "LICENSE,THIRD-PARTY-LICENSES.txt,config,dist,examples,package.json,plugins,sbom.cdx.json",
      `agent-${process.arch}.cache,agent.cjs,status-page`,
      "node",
      "hubhand /data",
      "/data can be changed",
      "/tmp can be changed",
      "1",
    ]);
  });

  test("the minimal one has no program but Node, and knows names, zones and authorities", async () => {
    const list = `const fs = require("node:fs"), path = require("node:path"), found = [];
      const walk = (at) => { for (const each of fs.readdirSync(at, { withFileTypes: true })) {
        const file = path.join(at, each.name);
        if (["/proc", "/sys", "/dev", "/app", "/.dockerenv"].includes(file)) continue;
        if (each.isDirectory()) walk(file);
        else if (each.isFile() && (fs.statSync(file).mode & 0o111) && !/\\.so(\\.|$)/.test(file)) found.push(file);
      } };
      walk("/");
      // What the engine puts there for each container may be executable, and is no program.
      console.log(found.filter((file) => !/^\\/etc\\/(hosts|hostname|resolv\\.conf)$/.test(file)).join());
      console.log(new Date(0).toLocaleString("en", { timeZone: "Asia/Tokyo", hour: "numeric", hour12: false }));
      console.log(require("node:tls").rootCertificates.length > 100);
      require("node:dns").lookup("localhost", (error, address) => console.log(error ?? address));`;
    const flags = ["--rm", "--read-only", "--entrypoint=node", "--env=TZ=Europe/Berlin"];
    expect((await docker("run", ...flags, MINIMAL, "-e", list)).split("\n")).toEqual([
      "/usr/local/bin/node",
      "09",
      "true",
      "127.0.0.1",
    ]);
  });

  test.each(both)(
    "%s: says nowhere when it was made: what BuildKit does not compare is the time of a file",
    async (_, image) => {
      const walk = `const fs = require("node:fs"), path = require("node:path");
      const later = (at) => { const { mtimeMs } = fs.lstatSync(at);
        if (mtimeMs !== 0) console.log(at, mtimeMs);
        if (fs.lstatSync(at).isDirectory()) for (const each of fs.readdirSync(at)) later(path.join(at, each)); };
      const isBare = !fs.existsSync("/bin/sh");
      const ours = ["/app", "/data", "/usr/local/bin", "/usr/local/share/doc/node", "/etc/passwd", "/etc/group"];
      for (const at of [...ours, ...(isBare ? ["/usr", "/tmp", "/var", "/lib", "/etc/nsswitch.conf"] : [])]) later(at);`;
      expect(await docker("run", "--rm", "--entrypoint=node", image, "-e", walk)).toBe("");
    },
  );

  test("made again, it has the same layers", async () => {
    const again = ownName();
    onTestFinished(async () => void (await run("docker", ["image", "rm", "--force", again])));
    // The same time, written so that what was made before is of no use from the bundle on; npm ci it does not repeat.
    await buildImage(again, { flags: ["--build-arg=SOURCE_DATE_EPOCH=00"] });
    const [made, before] = [await layersOf(again), await layersOf(NAME)];
    expect(made).toHaveLength(before.length);
    // One is what V8 made of the agent (docs/deploy/image.md).
    expect(made.filter((layer, index) => layer !== before[index]).length).toBeLessThanOrEqual(1);
  }, 300_000);

  test("is as small as the docs say, compressed", async () => {
    const [whole = 0, minimal = 0] = await compressedSizes([NAME, MINIMAL]);
    expect(whole / 1e6).toBeLessThan(BUDGET.default);
    expect(minimal / 1e6).toBeLessThan(BUDGET.minimal);
    // Measured is what is there: that which lacks Node would be small, too.
    expect(minimal / 1e6).toBeGreaterThan(BUDGET.minimal / 2);
  }, 120_000);
});

async function configOf(image: string) {
  return JSON.parse(await docker("image", "inspect", "--format={{json .Config}}", image));
}

/** Of what is configured, that which does not depend on the base. */
function comparable({ Labels, Env, Image: _, Hostname: __, ...rest }: Awaited<ReturnType<typeof configOf>>) {
  const { "org.opencontainers.image.base.name": ___, ...labels } = Labels;
  return { ...rest, labels, env: Env.filter((each: string) => !each.startsWith("PATH=")) };
}

async function layersOf(image: string): Promise<string[]> {
  return JSON.parse(await docker("image", "inspect", "--format={{json .RootFS.Layers}}", image));
}
