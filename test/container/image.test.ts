import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { docker, eventually, ROOT, run, whyNoContainers } from "./support/engine.ts";
import { useImage } from "./support/image.ts";

const skipped = whyNoContainers();
if (skipped !== undefined) process.stderr.write(`${skipped}: the image is not tried\n`);

const UNREACHABLE = `HostName=127.0.0.1:1;DeviceId=d;SharedAccessKey=${Buffer.alloc(32, "k").toString("base64")}`;
/** What a careful operator gives: nothing to write to, nothing to gain, 128 MB. */
const CONFINED = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--memory=128m"];

describe.skipIf(skipped !== undefined)(`the image${skipped === undefined ? "" : ` (${skipped})`}`, () => {
  const NAME = useImage();

  test("says what it is", async () => {
    const [config] = JSON.parse(await docker("image", "inspect", "--format=[{{json .Config}}]", NAME));
    const { version } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
    expect(config).toMatchObject({ User: "1000:1000", StopSignal: "SIGTERM", WorkingDir: "/app" });
    expect(config.ExposedPorts).toHaveProperty("9464/tcp");
    expect(config.Labels).toMatchObject({
      "org.opencontainers.image.version": version,
      "org.opencontainers.image.revision": "0123456789ab",
    });
    expect(await docker("run", "--rm", NAME, "--version")).toBe(version);
  });

  test("without a connection string ends with 78, a sentence, and no stack", async () => {
    const { code, stderr } = await run("docker", ["run", "--rm", NAME]);
    expect(stderr).toMatch(/^hubhand: No connection string\. .*\n$/);
    expect(code).toBe(78);
  });

  test("holds what runs, and nothing to build or change it with", async () => {
    const list = `const fs = require("node:fs");
      console.log(fs.readdirSync("/app").join());
      console.log(fs.readdirSync("/app/dist").filter((name) => !name.endsWith(".js")).join());
      for (const name of ["/app", "/app/dist/main.js", "/app/plugins", "/data"]) {
        try { fs.accessSync(name, fs.constants.W_OK); console.log(name, "can be changed"); } catch {}
      }`;
    const lines = (await docker("run", "--rm", "--entrypoint=node", NAME, "-e", list)).split("\n");
    expect(lines).toEqual([
      "LICENSE,config,dist,examples,package.json,plugins",
      "THIRD-PARTY-LICENSES.txt,status-page",
      "/data can be changed",
    ]);
  });

  test("confined as far as it goes, it turns healthy, and on SIGTERM drains and exits 0", async () => {
    const plugins = `--volume=${path.join(ROOT, "examples/demo")}:/app/plugins:ro`;
    // The health check of the image comes every 30 s; here there is no time for that.
    const check = ["--health-interval=1s", "--health-start-period=0s"];
    const environment = [
      `--env=HUBHAND_CONNECTION_STRING=${UNREACHABLE}`,
      // Whoever made the checkout is a stranger to user 1000, unless by chance.
      "--env=HUBHAND_PLUGINS_TRUST_FOLDER=true",
      // The health check has none, and needs none.
      "--env=HUBHAND_OBSERVE_PASSWORD=a-password-of-the-test",
    ];
    await docker("run", "--detach", `--name=${NAME}`, ...CONFINED, ...check, plugins, ...environment, NAME);
    onTestFinished(() => void run("docker", ["rm", "--force", NAME]));
    await eventually("healthy", 30_000, async () => {
      expect(await docker("inspect", "--format={{.State.Health.Status}}", NAME)).toBe("healthy");
    });
    // Healthy is not ready: on a slow machine the plugin comes later.
    await eventually("the plugin serves", 30_000, async () => {
      expect(await docker("logs", NAME)).toContain('plugin \\"device-method\\" serves');
    });
    expect(await docker("exec", NAME, "id", "-u")).toBe("1000");
    const stopping = performance.now();
    await docker("stop", "--time=30", NAME);
    expect(performance.now() - stopping).toBeLessThan(10_000);
    expect(await docker("inspect", "--format={{.State.ExitCode}} {{.State.OOMKilled}}", NAME)).toBe(
      "0 false",
    );
    const { stdout, stderr } = await run("docker", ["logs", NAME]);
    const messages = stdout
      .trim()
      .split("\n")
      .map((line) => String(JSON.parse(line).msg));
    expect(messages).toContain('plugin "device-method" serves');
    expect(messages.at(-1)).toBe("stopped");
    expect(stderr).toBe("");
  }, 90_000);
});
