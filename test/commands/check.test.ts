import { execFile } from "node:child_process";
import { chmod, readdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { startHub } from "../check/support.ts";
import { writeFiles } from "../plugins/load.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { COMPILE_CACHE } from "../support/compile-cache.ts";

const LAUNCHER = fileURLToPath(new URL("../../bin/hubhand.js", import.meta.url));
const cleanUp = cleanUpAfterEach();

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The verb, as its users run it. */
function check(args: readonly string[], env: Record<string, string>, cwd: string): Promise<Ended> {
  const { PATH = "" } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [LAUNCHER, "check", ...args],
      { cwd, env: { PATH, ...COMPILE_CACHE, ...env } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

it("where all is well: exit code 0, and nothing was made", async () => {
  const cwd = await cleanUp.folder();
  await writeFiles(cwd, {
    "plugins/good.ts": `import { definePlugin } from "hubhand"; export default definePlugin({ methods: { hi: () => 1 } });`,
  });
  const { env } = await startHub(cleanUp);
  env.HUBHAND_OBSERVE_PORT = "0";
  const { code, stdout } = await check([], env, cwd);
  expect(stdout).toMatch(/^ok +The configuration +it can be used$/m);
  expect(stdout).toMatch(/^ok +The plugins +good$/m);
  expect(stdout).toMatch(/^ok +MQTT over TLS /m);
  expect(stdout).toMatch(/\n\nNothing is wrong\.\n$/);
  expect(code).toBe(0);
  expect(await readdir(cwd)).toEqual(["plugins"]);
});

it("what is fatal: exit code 1, with what to do; plugins that misbehave do not end it", async () => {
  const cwd = await cleanUp.folder();
  await writeFiles(cwd, {
    "plugins/exits.mjs": "process.exit(0);",
    "plugins/holds.mjs": "setInterval(() => {}, 1000); export default {};",
    "plugins/late.mjs": `Promise.reject(new Error("late")); export default {};`,
    "plugins/misspelt.mjs": "export default { metods: {} };",
  });
  const { code, stdout } = await check(["--json"], {}, cwd);
  const results = JSON.parse(stdout) as { id: string; result: string; detail: string; remedy?: string }[];
  const of = (id: string) => results.find((result) => result.id === id);
  expect(of("plugins")).toMatchObject({ result: "fatal", remedy: expect.any(String) });
  expect(of("plugins")?.detail).toMatch(/plugin "exits": its process exited with 0/);
  expect(of("plugins")?.detail).toMatch(/plugin "misspelt": .*metods/);
  expect(of("plugins")?.detail).not.toMatch(/"(holds|late)"/);
  expect(of("identity")?.result).toBe("fatal");
  expect(code).toBe(1);
});

it("programs are not run, and what others may have written is refused", async () => {
  const cwd = await cleanUp.folder();
  await writeFiles(cwd, {
    "plugins/marks": `#!/bin/sh\ntouch "${cwd}/it-ran"\n`,
    "plugins/daemon.plugin.yaml": "command: [./marks]\nmode: daemon\nmethods: { hi: {} }\n",
    "plugins/open.mjs": "export default {};",
  });
  await chmod(path.join(cwd, "plugins/marks"), 0o755);
  await chmod(path.join(cwd, "plugins/open.mjs"), 0o666);
  const { stdout } = await check(["--json"], {}, cwd);
  const results = JSON.parse(stdout) as { id: string; result: string; detail: string }[];
  const plugins = results.find(({ id }) => id === "plugins");
  expect(plugins?.result).toBe("fatal");
  expect(plugins?.detail).toMatch(/^plugin "open": .*chmod o-w/);
  expect(plugins?.detail.split("\n")).toHaveLength(1);
  expect(await readdir(cwd)).toEqual(["plugins"]);
});

it("each plugin that cannot serve is named, with the reason; the others are not", async () => {
  const cwd = await cleanUp.folder();
  const method = (name: string) => `import { definePlugin } from "hubhand";
export default definePlugin({ methods: { "${name}": () => 1 } });`;
  await writeFiles(cwd, {
    "plugins/a-first.ts": method("relay"),
    "plugins/b-second.ts": method("relay"),
    "plugins/broken.mjs": "export default {",
    "plugins/lost.mjs": `import "no-such-package"; export default {};`,
    "plugins/absent.plugin.yaml": "command: [no-such-program]\nmethods: { hi: {} }\n",
    "plugins/sidecar.plugin.yaml": "url: http://127.0.0.1:1/\nmethods: { there: {} }\n",
    "plugins/script.sh": "#!/bin/sh\necho 1\n",
    "plugins/windows.sh": "#!/bin/sh\r\necho 1\r\n",
    "plugins/wrong-schema.mjs":
      'export default { methods: { odd: { schema: { type: "strng" }, handler: () => 1 } } };',
  });
  await chmod(path.join(cwd, "plugins/windows.sh"), 0o755);
  const tasks = { "a-first/lost": { every: "5m" }, "broken/x": { every: "5m" } };
  const env = { HUBHAND_SCHEDULE_TASKS: JSON.stringify(tasks) };
  const { stdout, code } = await check(["--json", "--only", "plugins"], env, cwd);
  const [plugins] = JSON.parse(stdout) as { id: string; result: string; detail: string }[];
  expect(code).toBe(1);
  expect(plugins?.result).toBe("fatal");
  const told = (plugins?.detail.split("\n") ?? []).sort();
  expect(told).toHaveLength(9);
  const reasons = [
    /^plugin "a-first": schedule\.tasks has a-first\/lost, and it has no such task/,
    /^plugin "absent": .*no-such-program/,
    /^plugin "b-second": method "relay" is declared twice; plugin "a-first" has it/,
    /^plugin "broken": .*Unexpected end of input/,
    /^plugin "lost": .*no-such-package/,
    /^plugin "script.sh": .*chmod \+x/,
    /^plugin "sidecar": nobody answers at http:\/\/127\.0\.0\.1:1/,
    /^plugin "windows": .*CR LF/,
    /^plugin "wrong-schema": the schema of method "odd" is not a JSON Schema/,
  ];
  for (const [index, reason] of reasons.entries()) expect(told[index]).toMatch(reason);
});

it("what is fatal is where to begin; what it keeps others from looking at is one line", async () => {
  const { stdout, code } = await check([], {}, await cleanUp.folder());
  expect(stdout).toMatch(/^Not looked at before \[identity\] is mended: dns, mqtt, websockets, tls, clock,/m);
  expect(stdout).toMatch(/^1 fatal, \d+ warnings?: begin with \[identity\]\./m);
  expect(stdout).not.toContain("\u001B");
  expect(code).toBe(1);
});

it("--only runs what is named, and says what there is to name", async () => {
  const cwd = await cleanUp.folder();
  const { stdout } = await check(["--json", "--only", "memory", "--only", "open-files"], {}, cwd);
  expect(JSON.parse(stdout)).toMatchObject([{ id: "memory" }, { id: "open-files" }]);
  const { code, stderr } = await check(["--only", "dnss"], {}, cwd);
  expect(stderr).toMatch(/no check dnss \(did you mean dns\?\)/);
  expect(code).toBe(78);
});

it("a configuration that cannot be used is a result like the others", async () => {
  const cwd = await cleanUp.folder();
  const { code, stdout, stderr } = await check(["--observe-port", "x"], {}, cwd);
  expect(stdout).toMatch(
    /^fatal +The configuration +\[configuration\] observe\.port: flag --observe-port has "x"/m,
  );
  expect(stderr).toBe("");
  expect(code).toBe(1);
});

it("tasks of the device's own whose method nobody has are told; the agent's own methods count", async () => {
  const cwd = await cleanUp.folder();
  await writeFiles(cwd, {
    "plugins/relay.mjs": "export default { methods: { 'relay.set': () => 1 } };",
    "pi.yaml": `schedule:
  tasks:
    night: { cron: "0 22 * * *", method: relay.sett }
    day: { cron: "0 6 * * *", method: relay.set }
    beat: { every: 1h, method: hubhand.ping }
`,
  });
  const { stdout } = await check(["--json", "--only", "plugins", "--config", "pi.yaml"], {}, cwd);
  const results = JSON.parse(stdout) as { id: string; result: string; detail: string }[];
  expect(results.find(({ id }) => id === "plugins")).toMatchObject({
    result: "warning",
    detail: "schedule.tasks: night runs relay.sett (did you mean relay.set?), and there is no such method",
  });
});
