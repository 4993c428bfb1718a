import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { type DeviceMethodRequest, type DeviceMethodResponse, ModuleClient } from "azure-iot-device";
import { Mqtt } from "azure-iot-device-mqtt";
import { describe, expect, onTestFinished, test } from "vitest";
import { CALL_EXIT_CODES, callCommand } from "../../src/commands/call.ts";
import { messageOf } from "../../src/errors.ts";
import { connectRawDevice } from "../local-hub/support/raw-device.ts";
import { answersAsTheTutorial, startHub } from "../service/hub.ts";
import { COMPILE_CACHE } from "../support/compile-cache.ts";

interface Outcome {
  readonly output: string;
  readonly errors: string;
  readonly exitCode: number;
}

/** Runs the verb in this process; its exit status as the executable would give it. */
async function call(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  let output = "";
  let errors = "";
  let exitCode = 0;
  const command = callCommand({
    env,
    write: (chunk) => {
      output += chunk;
    },
    writeError: (chunk) => {
      errors += chunk;
    },
    setExitCode: (code) => {
      exitCode = code;
    },
    listenForStop: () => new AbortController().signal,
  });
  try {
    await command.parseAsync(args, { from: "user" });
  } catch (error) {
    errors += messageOf(error);
    exitCode = (error as { exitCode: number }).exitCode;
  }
  return { output, errors, exitCode };
}

/** A hub with an answering device, and what a caller needs for it. */
async function access(handler: (request: DeviceMethodRequest, response: DeviceMethodResponse) => void) {
  const { hub, listen } = await startHub("pi", "away");
  await listen({ deviceId: "pi", methodName: "DeviceMethod", handler });
  const caFile = join(folder(), "ca.pem");
  writeFileSync(caFile, hub.ca);
  return {
    hub,
    env: { IOTHUB_CONNECTION_STRING: hub.serviceConnectionString },
    ca: ["--ca-file", caFile],
    caFile,
  };
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "hubhand-call-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("a module is named behind a slash", async () => {
  const { hub, env, ca } = await access(answersAsTheTutorial);
  await hub.modules.create({ deviceId: "pi", moduleId: "mod1" });
  expect(await call(["pi/mod1", "wink", ...ca], env)).toMatchObject({
    exitCode: 3,
    errors: expect.stringContaining("pi/mod1"),
  });
  const module = ModuleClient.fromConnectionString(hub.moduleConnectionString("pi", "mod1"), Mqtt);
  onTestFinished(async () => {
    await module.close();
  });
  await module.setOptions({ ca: hub.ca });
  await module.open();
  module.onMethod("wink", (_request, response) => void response?.send(200, "winked"));
  const { output } = await call(["pi/mod1", "wink", "--connect-timeout", "30s", "--json", ...ca], env);
  expect(JSON.parse(output)).toMatchObject({ deviceId: "pi", moduleId: "mod1", payload: "winked" });
});

test("prints the tutorial's lines: what was called, and what came back", async () => {
  const { env, ca } = await access(answersAsTheTutorial);
  expect(await call(["pi", "DeviceMethod", '{"method_number":"42"}', ...ca], env)).toEqual({
    output: [
      "Method name      : DeviceMethod",
      'Method payload   : {"method_number":"42"}',
      "Response status  : 200",
      'Response payload : {"Response":"This is the response from the device"}',
      "",
    ].join("\n"),
    errors: "Calling DeviceMethod on pi …\n",
    exitCode: 0,
  });
});

test("--json prints one object and nothing else", async () => {
  const { env, ca } = await access(answersAsTheTutorial);
  const { output, errors } = await call(["pi", "DeviceMethod", "--json", ...ca], env);
  expect(JSON.parse(output)).toEqual({
    deviceId: "pi",
    methodName: "DeviceMethod",
    status: 200,
    payload: { Response: "This is the response from the device" },
    milliseconds: expect.any(Number),
  });
  expect(errors).toBe("");
});

test("the device's status of 400 or above is told by the exit status too", async () => {
  const { env, ca } = await access((_request, response) => response.send(418, null, () => {}));
  const { output, exitCode } = await call(["pi", "DeviceMethod", ...ca], env);
  expect(output).toContain("Response status  : 418\nResponse payload : null\n");
  expect(exitCode).toBe(1);
});

test("what a device sends cannot steer the terminal", async () => {
  const { env, ca } = await access((_request, response) =>
    response.send(200, "\u001b[2J\u009b2J\u007f \u202e", () => {}),
  );
  const { output } = await call(["pi", "DeviceMethod", ...ca], env);
  expect(output).toContain('Response payload : "\\u001b[2J\\u009b2J\\u007f \\u202e"\n');
});

test.each([
  ["nested too deeply to print", `${"[".repeat(60_000)}${"]".repeat(60_000)}`],
  ["not JSON", "{status: fine}"],
  ["empty", ""],
])("an answer that cannot be used ends with 8: %s", async (_what, payload) => {
  const { hub } = await startHub("pi");
  const device = await connectRawDevice({ hub, deviceId: "pi", methods: true });
  const env = { IOTHUB_CONNECTION_STRING: hub.serviceConnectionString };
  const caFile = join(folder(), "ca.pem");
  writeFileSync(caFile, hub.ca);
  const outcome = call(["pi", "DeviceMethod", "--json", "--ca-file", caFile], env);
  (await device.nextCall()).reply(200, payload);
  const { output, exitCode } = await outcome;
  expect(exitCode).toBe(8);
  expect(JSON.parse(output)).toMatchObject({ error: { code: "DEVICE_REPLY_INVALID" } });
});

describe("what was asked for wrongly ends with 78, before anything is sent", () => {
  const env = {
    IOTHUB_CONNECTION_STRING: "HostName=hub.invalid;SharedAccessKeyName=service;SharedAccessKey=AAAA",
  };
  test.each([
    [["pi", "any", "hello"], `If the word itself is meant: '"hello"'`],
    [["pi", "any", JSON.stringify("x".repeat(131_071))], "the hub takes 131072 (128 KiB)"],
    [
      ["pi", "any", "--response-timeout", "4s"],
      '--response-timeout is "4s"; expected whole seconds from 5s to 300s',
    ],
    [["pi", "any", "--response-timeout", "6m"], '--response-timeout is "6m"'],
    [["pi", "any", "--response-timeout", "5500ms"], '--response-timeout is "5500ms"'],
    [
      ["pi", "any", "--connect-timeout", "soon"],
      '--connect-timeout is "soon"; expected whole seconds from 0s to 300s',
    ],
    [["", "any"], "The device id is empty."],
    [
      ["pi", "any", "--login", "HostName=h;DeviceId=pi;SharedAccessKey=AAAA"],
      "the service side needs a policy's",
    ],
    [["pi", "any", "--ca-file", "/nowhere/ca.pem"], "it does not exist"],
  ])("%j", async (args, told) => {
    const { output, errors, exitCode } = await call(args, env);
    expect(errors).toContain(told);
    expect({ output, exitCode }).toEqual({ output: "", exitCode: 78 });
  });

  test("no connection string", async () => {
    expect(await call(["pi", "any"])).toMatchObject({
      errors: expect.stringContaining("Set IOTHUB_CONNECTION_STRING"),
      exitCode: 78,
    });
  });

  test("with --json the error is the one object", async () => {
    const { output } = await call(["pi", "any", "{", "--json"], env);
    expect(JSON.parse(output)).toEqual({
      error: { code: "CALL_INVALID", message: "The payload is not JSON: it ends too early." },
    });
  });
});

test("the help and the manual tell every exit status", () => {
  let help = "";
  const command = callCommand().configureOutput({
    writeOut: (chunk) => {
      help += chunk;
    },
  });
  command.outputHelp();
  const manual = readFileSync(new URL("../../docs/call.md", import.meta.url), "utf8");
  for (const { exit, code, meaning } of CALL_EXIT_CODES) {
    expect(help.replaceAll(/\s+/g, " ")).toContain(` ${exit} ${meaning}`);
    expect(manual.replaceAll(/ +/g, " ")).toContain(
      `| ${exit} | ${code === undefined ? "" : `\`${code}\` `}| ${meaning} |\n`,
    );
  }
});

describe("the executable's exit status", () => {
  const bin = fileURLToPath(new URL("../../bin/hubhand.js", import.meta.url));

  function start(args: readonly string[], env: Record<string, string>) {
    const { PATH = "" } = process.env;
    const child = spawn(process.execPath, [bin, "call", ...args], {
      env: { PATH, ...COMPILE_CACHE, ...env },
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    return child;
  }

  async function run(args: readonly string[], env: Record<string, string>): Promise<Outcome> {
    const child = start(args, env);
    const [output, errors, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "exit"),
    ]);
    return { output, errors, exitCode };
  }

  test("tells the cases apart", async () => {
    const { hub, env, ca } = await access((request, response) => {
      if (request.payload === null) response.send(200, "done", () => {});
      else if (request.payload === "refuse") response.send(400, "no", () => {});
    });
    const refused = hub.serviceConnectionString.replace(/SharedAccessKey=.*/, "SharedAccessKey=AAAA");
    const gone = hub.serviceConnectionString.replace(String(hub.httpsPort), "1");
    const cases: [exitCode: number, said: RegExp, args: string[], env?: Record<string, string>][] = [
      [0, /^Response status {2}: 200$/m, ["pi", "DeviceMethod", ...ca]],
      [1, /^Response status {2}: 400$/m, ["pi", "DeviceMethod", '"refuse"', ...ca]],
      [2, /has no device "nobody"/, ["nobody", "DeviceMethod", ...ca]],
      [3, /is not online/, ["away", "DeviceMethod", ...ca]],
      [4, /did not answer in time/, ["pi", "DeviceMethod", "0", "--response-timeout", "5s", ...ca]],
      [
        5,
        /refuses the policy "iothubowner"/,
        ["pi", "DeviceMethod", ...ca],
        { IOTHUB_CONNECTION_STRING: refused },
      ],
      [6, /nothing listens there/, ["pi", "DeviceMethod", ...ca], { IOTHUB_CONNECTION_STRING: gone }],
      [6, /--ca-file/, ["pi", "DeviceMethod"]],
      [78, /is not JSON/, ["pi", "DeviceMethod", "{", ...ca]],
      [78, /unknown option/, ["pi", "DeviceMethod", "--jsom"]],
      [78, /missing required argument/, ["pi"]],
    ];
    const outcomes = await Promise.all(cases.map(([, , args, more]) => run(args, { ...env, ...more })));
    for (const [index, { output, errors, exitCode }] of outcomes.entries()) {
      expect([exitCode, `${output}${errors}`]).toEqual([
        cases[index]?.[0],
        expect.stringMatching(cases[index]?.[1] ?? ""),
      ]);
      expect(errors).not.toMatch(/\n {4}at /);
    }
  });

  test("Ctrl-C ends it with 130, and says what may have happened", async () => {
    const called = Promise.withResolvers<void>();
    const { env, ca } = await access(() => called.resolve());
    const child = start(["pi", "DeviceMethod", ...ca], env);
    const errors = text(child.stderr);
    await called.promise;
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([130, null]);
    expect(await errors).toBe(
      "Calling DeviceMethod on pi …\nhubhand: Stopped; the device may have run the method.\n",
    );
  });

  test("NODE_EXTRA_CA_CERTS serves in place of --ca-file", async () => {
    const { env, caFile } = await access(answersAsTheTutorial);
    expect(await run(["pi", "DeviceMethod"], { ...env, NODE_EXTRA_CA_CERTS: caFile })).toMatchObject({
      exitCode: 0,
    });
  });
});
