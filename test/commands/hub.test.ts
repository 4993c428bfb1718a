import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Client as DeviceClient } from "azure-iot-device";
import { Mqtt } from "azure-iot-device-mqtt";
import { expect, onTestFinished, test } from "vitest";
import { startLocalHub } from "../../src/local-hub/index.ts";
import {
  createTestAuthority,
  createTestCertificate,
  thumbprintsOf,
  writeCertificate,
} from "../support/certificates.ts";
import { lastingPort } from "../support/lasting-port.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const ANY_PORT = ["--mqtt-port", "0", "--https-port", "0"];

interface Listening {
  event: string;
  mqttPort: number;
  httpsPort: number;
  caFile: string | null;
  ca: string;
  serviceConnectionString: string;
  devices: Record<string, string>;
  modules: Record<string, string>;
}

function startHub(args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, "hub", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const output = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    output.out += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output.err += chunk;
  });
  const exited = once(child, "close").then(([code]) => code as number | null);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => String((await lines.next()).value);
  return { child, output, exited, nextLine };
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hub-verb-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function readListening(hub: ReturnType<typeof startHub>): Promise<Listening> {
  return JSON.parse(await hub.nextLine()) as Listening;
}

test("--json: the first line has all that is needed to connect, then each event is a line without a key", async () => {
  const dataDir = await temporaryFolder();
  const hub = startHub([
    ...ANY_PORT,
    "--json",
    "--data-dir",
    dataDir,
    "--device",
    "dev1",
    "--device",
    "dev2",
  ]);
  const listening = await readListening(hub);
  expect(listening).toEqual({
    event: "listening",
    mqttPort: expect.any(Number),
    httpsPort: expect.any(Number),
    amqpPort: expect.any(Number),
    serviceToken: expect.stringMatching(/^SharedAccessSignature sr=localhost&/),
    eventHubConnectionString: expect.stringMatching(
      /^Endpoint=sb:\/\/localhost:\d+\/;.*;EntityPath=messages\/events$/,
    ),
    caFile: join(dataDir, "ca.pem"),
    ca: await readFile(join(dataDir, "ca.pem"), "utf8"),
    serviceConnectionString: expect.stringMatching(
      `^HostName=localhost:${listening.httpsPort};SharedAccessKeyName=iothubowner;SharedAccessKey=.+=$`,
    ),
    devices: {
      dev1: expect.stringMatching(
        `^HostName=localhost:${listening.mqttPort};DeviceId=dev1;SharedAccessKey=.+=$`,
      ),
      dev2: expect.any(String),
    },
    modules: {},
  });

  const device = DeviceClient.fromConnectionString(String(listening.devices.dev1), Mqtt);
  await device.setOptions({ ca: listening.ca });
  await device.open();
  const events = [await hub.nextLine(), await hub.nextLine(), await hub.nextLine()];
  await device.close();
  events.push(await hub.nextLine());
  expect(events.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { event: "device-changed", deviceId: "dev1", change: "created" },
    { event: "device-changed", deviceId: "dev2", change: "created" },
    { event: "connected", deviceId: "dev1", time: expect.any(String) },
    { event: "disconnected", deviceId: "dev1" },
  ]);
  for (const connectionString of [listening.serviceConnectionString, ...Object.values(listening.devices)]) {
    const key = connectionString.slice(connectionString.indexOf("SharedAccessKey="));
    expect(events.join()).not.toContain(key.slice("SharedAccessKey=".length));
  }
  await end(hub, ["SIGTERM"]);
});

test("started again on the same folder, it has the device it made", async () => {
  const dataDir = await temporaryFolder();
  const ports = [
    ...["--mqtt-port", String(await lastingPort())],
    ...["--https-port", String(await lastingPort())],
  ];
  const first = startHub([...ports, "--json", "--data-dir", dataDir, "--device", "dev1"]);
  const { devices } = await readListening(first);
  first.child.kill("SIGKILL");
  await first.exited;
  const second = startHub([...ports, "--json", "--data-dir", dataDir, "--device", "dev1"]);
  expect((await readListening(second)).devices).toEqual(devices);
  await end(second, ["SIGTERM"]);
});

test("it has the modules and the devices with certificates that flags ask for, and lets them in", async () => {
  const folder = await temporaryFolder();
  const authority = await createTestAuthority();
  const { certificateFile } = await writeCertificate(authority, { folder, name: "authority" });
  const identity = await createTestCertificate({ commonName: "dev2", issuer: authority });
  const hub = startHub([
    ...[...ANY_PORT, "--json", "--module", "dev1/mod1", "--trusted-authority", certificateFile],
    ...["--x509-device", "dev2", "--x509-device", `dev3=${thumbprintsOf(identity.certificate).sha1}`],
    ...["--write-connection-strings", folder],
  ]);
  const { devices, modules, ca, mqttPort } = await readListening(hub);
  const x509 = (id: string) => `HostName=localhost:${mqttPort};DeviceId=${id};x509=true`;
  expect(devices).toEqual({ dev1: expect.any(String), dev2: x509("dev2"), dev3: x509("dev3") });
  expect(modules["dev1/mod1"]).toMatch(/;DeviceId=dev1;ModuleId=mod1;SharedAccessKey=.+=$/);
  expect(await readFile(join(folder, "dev1+mod1.connection-string"), "utf8")).toBe(
    `${modules["dev1/mod1"]}\n`,
  );
  for (const connectionString of [x509("dev2"), x509("dev3")]) {
    const device = DeviceClient.fromConnectionString(connectionString, Mqtt);
    await device.setOptions({ ca, cert: identity.certificate, key: identity.privateKey });
    await device.open();
    await device.close();
  }
  await end(hub, ["SIGTERM"]);
});

test("a certificate that was renewed is named anew: the kept device has it from then on", async () => {
  const dataDir = await temporaryFolder();
  const thumbprintAfter = async (thumbprint: string) => {
    const hub = startHub([
      ...ANY_PORT,
      "--data-dir",
      dataDir,
      "--json",
      "--x509-device",
      `dev1=${thumbprint}`,
    ]);
    await readListening(hub);
    await end(hub, ["SIGTERM"]);
    const kept = await startLocalHub({ dataDirectory: dataDir });
    onTestFinished(() => kept.stop());
    const { primaryThumbprint } = kept.registry.get("dev1") ?? {};
    await kept.stop();
    return primaryThumbprint;
  };
  expect(await thumbprintAfter("A".repeat(40))).toBe("A".repeat(40));
  expect(await thumbprintAfter("B".repeat(40))).toBe("B".repeat(40));
});

test("for people: addresses, connection strings and what to do next", async () => {
  const hub = startHub([...ANY_PORT, "--module", "dev1/mod1", "--host-name", "hub.test"]);
  let text = "";
  while (!text.includes("Ctrl-C")) text += `${await hub.nextLine()}\n`;
  for (const part of [
    /^devices +localhost:\d+/m,
    /^services +localhost:\d+/m,
    /hub\.test/,
    /HostName=localhost:\d+;SharedAccessKeyName=iothubowner;SharedAccessKey=/,
    /HostName=localhost:\d+;DeviceId=dev1;SharedAccessKey=/,
    /module dev1\/mod1:\n +HostName=localhost:\d+;DeviceId=dev1;ModuleId=mod1;SharedAccessKey=/,
    /hubhand run/,
    /hubhand call .* dev1 /,
    /NODE_EXTRA_CA_CERTS=\S+ca\.pem/,
    /server_verification_cert=/,
    /SSL_CERT_FILE=/,
  ]) {
    expect(text).toMatch(part);
  }
  // What is printed for curl, asked without it: not every machine has it.
  const [, authorization = "", ca = "", url = ""] =
    /TOKEN='([^']+)'\n +curl --cacert (\S+) -H "Authorization: \$TOKEN" '([^']+)'/.exec(text) ?? [];
  const asked = request(url, { ca: await readFile(ca), headers: { authorization } }).end();
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  expect(JSON.parse(Buffer.concat(await answer.toArray()).toString())).toMatchObject([{ deviceId: "dev1" }]);
  await end(hub, ["SIGINT"]);
  // It was only for as long as the hub ran.
  await expect(stat(ca)).rejects.toMatchObject({ code: "ENOENT" });
});

test("Ctrl-C that arrives twice, from the terminal and from npm, is one, and the hub stops cleanly", async () => {
  const hub = startHub([...ANY_PORT, "--json"]);
  await readListening(hub);
  await end(hub, ["SIGINT", "SIGINT"]);
});

test("a port in use: one clear line, and exit code 75", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  onTestFinished(() => {
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const hub = startHub(["--mqtt-port", "0", "--https-port", String(port)]);
  expect(await hub.exited).toBe(75);
  expect(hub.output).toEqual({
    out: "",
    err: `hubhand: port ${port} on 127.0.0.1 is in use: stop what listens on it, or choose another --https-port (0 takes any free port)\n`,
  });
});

test.each([
  [["--mqtt-port", "65536"], /port is a number/],
  [["--https-port", "https"], /port is a number/],
  [[...ANY_PORT, "--device", "a b"], /--device "a b": a device id is/],
  [[...ANY_PORT, "--module", "dev1"], /--module "dev1": it is written <device>\/<module>/],
  [[...ANY_PORT, "--module", "a/b/c"], /--module "a\/b\/c": it is written <device>\/<module>/],
  [[...ANY_PORT, "--x509-device", `dev1=${"A".repeat(41)}`], /--x509-device "dev1=A+": primaryThumbprint is/],
  [[...ANY_PORT, "--x509-device", `dev1=${"A".repeat(39)}`], /--x509-device "dev1=A+": it is written <id>=/],
  [[...ANY_PORT, "--host-name", "https://hub"], /--host-name is "https:\/\/hub": it is a name or an address/],
  [[...ANY_PORT, "--trusted-authority", "/nowhere.pem"], /--trusted-authority \/nowhere\.pem: ENOENT/],
  [[...ANY_PORT, "--trusted-authority", MAIN], /one of --trusted-authority cannot be used/],
  [[...ANY_PORT, "--host", "192.0.2.1"], /192\.0\.2\.1 is not an address of this machine/],
])("%j is refused with exit code 78", async (args, message) => {
  const hub = startHub(args);
  expect(await hub.exited).toBe(78);
  expect(hub.output.out).toBe("");
  expect(hub.output.err).toMatch(message);
  expect(hub.output.err).not.toContain("    at ");
});

async function end(
  hub: { child: ChildProcess; exited: Promise<number | null>; output: { err: string } },
  signals: NodeJS.Signals[],
) {
  for (const signal of signals) hub.child.kill(signal);
  expect(await hub.exited).toBe(0);
}

test("--write-connection-strings: what others need is in files, for the name they reach it by; keys not for everyone", async () => {
  const folder = join(await temporaryFolder(), "credentials");
  const hub = startHub([
    ...[...ANY_PORT, "--json", "--device", "pi-1", "--host-name", "hub"],
    ...["--write-connection-strings", folder],
  ]);
  const { mqttPort, httpsPort, ca, devices, serviceConnectionString } = await readListening(hub);
  const read = (name: string) => readFile(join(folder, name), "utf8");
  expect(await read("ca.pem")).toBe(ca);
  expect(await read("pi-1.connection-string")).toBe(
    `${devices["pi-1"]?.replace(`localhost:${mqttPort}`, `hub:${mqttPort}`)}\n`,
  );
  expect(await read("service-connection-string")).toBe(
    `${serviceConnectionString.replace(`localhost:${httpsPort}`, `hub:${httpsPort}`)}\n`,
  );
  expect(await read("service-token")).toMatch(/^SharedAccessSignature sr=\S+\n$/);
  expect((await stat(join(folder, "pi-1.connection-string"))).mode & 0o007).toBe(0);
});

test("--write-connection-strings: a folder that cannot be made is told", async () => {
  const file = join(await temporaryFolder(), "file");
  await writeFile(file, "");
  const hub = startHub([...ANY_PORT, "--write-connection-strings", join(file, "x")]);
  expect(await hub.exited).toBe(78);
  expect(hub.output.err).toContain(`--write-connection-strings ${file}`);
});
