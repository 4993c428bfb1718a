import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ask } from "../support/agent/http-face.ts";
import { type HubhandProcess, startHubhand } from "../support/agent/hubhand-process.ts";
import { createTestCertificate } from "../support/certificates.ts";
import { cleanUpAfterAll } from "../support/clean-up.ts";
import { HAS_PROMETHEUS, startPrometheus } from "../support/prometheus/prometheus.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterAll();

const MANUAL = readFileSync(new URL("../../docs/operate/who-may-look.md", import.meta.url), "utf8");
/** Nobody listens there: the agent runs, and goes on trying. */
const OFFLINE = `HostName=localhost:1;DeviceId=pi-1;SharedAccessKey=${Buffer.alloc(32, 5).toString("base64")}`;
const TOKEN = "0123456789abcdef-token";
const PASSWORD = "grün: ja, blau: nein";
const CONTROL = "fedcba9876543210-control";

interface ScrapeConfig {
  job_name: string;
  authorization?: { credentials_file: string };
  basic_auth?: { username: string; password_file: string };
  tls_config: { ca_file: string };
  static_configs: { targets: string[] }[];
}

/** The scrape configurations of the manual. */
const scrapeConfigs = (): ScrapeConfig[] =>
  [...MANUAL.matchAll(/^```yaml\n(.*?)^```$/gms)].flatMap(
    ([, yaml = ""]) => (parse(yaml) as { scrape_configs: ScrapeConfig[] }).scrape_configs,
  );

/** Runs the manual's commands of OpenSSL that hold this text, for the address of this machine. */
function runManual(text: string, folder: string): void {
  const commands = MANUAL.split("\n").filter(
    (line) => line.startsWith("    openssl ") && line.includes(text),
  );
  expect(commands).not.toEqual([]);
  for (const command of commands)
    execFileSync("sh", ["-c", command.replaceAll("192.168.1.20", "127.0.0.1")], {
      cwd: folder,
      stdio: "pipe",
    });
}

let folder: string;
let agent: HubhandProcess;
let url: string;

function start(more: Record<string, string>): HubhandProcess {
  const env = { HUBHAND_CONNECTION_STRING: OFFLINE, HUBHAND_OBSERVE_PORT: "0" };
  const started = startHubhand(["run"], { ...env, ...more });
  cleanUp.add(async () => {
    started.kill("SIGKILL");
    await started.exited;
  });
  return started;
}

beforeAll(async () => {
  folder = await cleanUp.folder();
  runManual("req -x509", folder);
  runManual(" request.pem", folder);
  await Promise.all([
    writeFile(join(folder, "token"), `${TOKEN}\n`),
    writeFile(join(folder, "password"), `${PASSWORD}\n`),
  ]);
  agent = start({
    HUBHAND_OBSERVE_TOKEN_FILE: join(folder, "token"),
    HUBHAND_OBSERVE_PASSWORD_FILE: join(folder, "password"),
    HUBHAND_OBSERVE_CONTROL_TOKEN: CONTROL,
    HUBHAND_OBSERVE_TLS_CERTIFICATE_FILE: join(folder, "cert.pem"),
    HUBHAND_OBSERVE_TLS_KEY_FILE: join(folder, "key.pem"),
  });
  ({ url } = (await agent.line("it listens", (line) => typeof line.url === "string")) as { url: string });
});

describe("an agent with a password, a token and HTTPS", () => {
  it("lets in who has one of them", async () => {
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const basic = `Basic ${Buffer.from(`hubhand:${PASSWORD}`).toString("base64")}`;
    for (const authorization of [basic, `Bearer ${TOKEN}`, `Bearer ${CONTROL}`])
      expect((await ask(`${url}/metrics`, { headers: { authorization } })).status).toBe(200);
    expect((await ask(`${url}/metrics`)).status).toBe(401);
    expect((await ask(`${url}/livez`)).status).toBe(200);
    const { status, text } = await ask(`${url}/readyz`);
    expect([status, text]).toEqual([503, expect.not.stringContaining("localhost")]);
  });

  it("is scraped by Prometheus, configured as the manual says", async ({ skip }) => {
    skip(!HAS_PROMETHEUS, "no Prometheus here");
    const address = new URL(url).host;
    const here = (path: string) => path.replace("/etc/prometheus/hubhand-", `${folder}/`);
    const configs = scrapeConfigs().map(({ authorization, basic_auth, ...config }, index) => ({
      ...config,
      job_name: `manual ${index}`,
      ...(authorization && { authorization: { credentials_file: here(authorization.credentials_file) } }),
      ...(basic_auth && { basic_auth: { ...basic_auth, password_file: here(basic_auth.password_file) } }),
      tls_config: { ca_file: here(config.tls_config.ca_file) },
      static_configs: [{ targets: [address] }],
    }));
    expect(configs).toHaveLength(2);
    const [first] = configs;
    const guess = { ...first, job_name: "guess", authorization: { credentials: "a token of another one" } };
    const prometheus = await startPrometheus(cleanUp, {
      targets: [],
      extra: { scrape_configs: [...configs, guess] },
    });
    const up = async () =>
      Object.fromEntries((await prometheus.query("up")).map(({ metric, value }) => [metric.job, value[1]]));
    await waitUntil("all are scraped", async () => Object.keys(await up()).length === 3);
    expect(await up()).toEqual({ "manual 0": "1", "manual 1": "1", guess: "0" });
    await agent.line("the guess is told", ({ level, attempts }) => level === "warn" && attempts === 1);
  });

  it("has told none of its secrets, and ends when it is asked to", async () => {
    agent.kill("SIGTERM");
    expect(await agent.exited).toBe(0);
    for (const secret of [TOKEN, PASSWORD, CONTROL, "a token of another one"])
      expect(agent.output() + agent.errors()).not.toContain(secret);
  });
});

it("a key that is not the certificate's ends the agent with 78 and one line that says so", async () => {
  const { privateKey } = await createTestCertificate({ commonName: "other" });
  const keyFile = join(folder, "other-key.pem");
  await writeFile(keyFile, privateKey);
  const broken = start({
    HUBHAND_OBSERVE_TLS_CERTIFICATE_FILE: join(folder, "cert.pem"),
    HUBHAND_OBSERVE_TLS_KEY_FILE: keyFile,
  });
  expect(await broken.exited).toBe(78);
  expect(broken.errors()).toMatch(
    /^hubhand: observe\.tls\.keyFile \(environment variable HUBHAND_OBSERVE_TLS_KEY_FILE\): the file ".*other-key\.pem" cannot be used: the private key does not belong to the certificate\.[^\n]*\n$/,
  );
});
