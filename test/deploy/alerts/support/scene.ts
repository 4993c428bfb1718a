import { writeFile } from "node:fs/promises";
import path from "node:path";
import { type LocalHub, startLocalHub } from "../../../../src/local-hub/index.ts";
import { startAgentProcess } from "../../../support/agent/agent-process.ts";
import type { HubhandProcess } from "../../../support/agent/hubhand-process.ts";
import { createTestCertificate, thumbprintsOf } from "../../../support/certificates.ts";
import type { CleanUp } from "../../../support/clean-up.ts";
import { methodCaller } from "../../../support/hub/call-method.ts";
import { waitUntil } from "../../../support/time/wait-until.ts";

/** What can go wrong in a plugin. */
const TROUBLE = `
export default {
  methods: {
    fail() { throw new Error("no relay there"); },
    work: (_, { job }) => job(async () => { throw new Error("no water there"); }),
  },
  messages: { open() { throw new Error("no door there"); } },
  tasks: { measure: { every: "1s", run() { throw new Error("no sensor there"); } } },
};`;
const BROKEN = `throw new Error("no such pin");`;
const ENDING = `export default { methods: { end() { process.exit(1); } } };`;
const TALKATIVE = `
export default {
  tasks: { tell: { every: "1s", run: ({ telemetry }) => { for (let n = 0; n < 20; n += 1) telemetry.send(n).catch(() => {}); } } },
};`;

export interface Agent {
  readonly process: HubhandProcess;
  /** Its address, by which Prometheus knows it. */
  readonly instance: string;
}

export interface Scene {
  readonly hub: LocalHub;
  readonly healthy: Agent;
  /** Two with one identity. */
  readonly rivals: readonly Agent[];
  /** Everything in its plugins fails. */
  readonly troubled: Agent;
  /** It logs in with a certificate that ends in three days, to a hub of its own that goes away. */
  readonly cutOff: Agent;
}

const DAY = 24 * 60 * 60_000;

/** A hub, and agents in good and bad states on it. All are online when this returns; the trouble begins with `trouble`. */
export async function openScene(cleanUp: CleanUp): Promise<Scene> {
  const hub = await startLocalHub({ dataDirectory: await cleanUp.folder() });
  cleanUp.add(() => hub.stop());
  for (const deviceId of ["healthy", "rivals", "troubled"]) await hub.registry.create({ deviceId });
  const start = (deviceId: string, plugins: Record<string, string> = {}, env: Record<string, string> = {}) =>
    startAgent(cleanUp, { hub, deviceId, plugins, env });
  // The pauses that two rivals make for each other, and how often a message is tried: seconds in place of minutes.
  const impatient = { HUBHAND_LINK_BACKOFF_CONFLICT_BASE: "1s", HUBHAND_LINK_BACKOFF_CONFLICT_MAX: "1s" };
  // One after the other: on a busy machine five at once keep each other from starting in time.
  const healthy = await start("healthy");
  const cutOff = await startCutOff(cleanUp);
  const troubled = await start(
    "troubled",
    { "trouble.mjs": TROUBLE, "broken.mjs": BROKEN, "ending.mjs": ENDING },
    {
      HUBHAND_MESSAGES_INBOX_ATTEMPTS: "1",
      HUBHAND_LINK_BACKOFF_UNAUTHORIZED_BASE: "1s",
      HUBHAND_LINK_BACKOFF_UNAUTHORIZED_MAX: "1s",
    },
  );
  const rivals = [await start("rivals", {}, impatient), await start("rivals", {}, impatient)];
  return { hub, healthy, rivals, troubled, cutOff };
}

async function startCutOff(cleanUp: CleanUp): Promise<Agent> {
  const folder = await cleanUp.folder();
  const identity = await createTestCertificate({ commonName: "cut-off", validTo: Date.now() + 3 * DAY });
  const files = { certificate: path.join(folder, "device.pem"), key: path.join(folder, "key.pem") };
  await writeFile(files.certificate, identity.certificate);
  await writeFile(files.key, identity.privateKey, { mode: 0o600 });
  const hub = await startLocalHub({ dataDirectory: await cleanUp.folder() });
  cleanUp.add(() => hub.stop());
  await hub.registry.create({
    deviceId: "cut-off",
    primaryThumbprint: thumbprintsOf(identity.certificate).sha256,
  });
  const agent = await startAgent(cleanUp, {
    hub,
    deviceId: "cut-off",
    plugins: { "talkative.mjs": TALKATIVE },
    env: {
      HUBHAND_HUB_CERTIFICATE_FILE: files.certificate,
      HUBHAND_HUB_CERTIFICATE_KEY_FILE: files.key,
      HUBHAND_MESSAGES_OUTBOX_MAX_MESSAGES: "50",
      // With the hub this port goes too; 443 may be somebody's here.
      HUBHAND_LINK_WEB_SOCKET_PORT: String(hub.httpsPort),
    },
  });
  await hub.stop();
  return agent;
}

/** Resolves when it is online; its plugins may still start. */
async function startAgent(
  cleanUp: CleanUp,
  options: {
    readonly hub: LocalHub;
    readonly deviceId: string;
    readonly plugins: Readonly<Record<string, string>>;
    readonly env: Readonly<Record<string, string>>;
  },
): Promise<Agent> {
  const { hub, deviceId, plugins, env } = options;
  const folder = await cleanUp.folder();
  for (const [name, text] of Object.entries(plugins)) await writeFile(path.join(folder, name), text);
  const process = startAgentProcess(cleanUp, {
    hub,
    deviceId,
    env: { HUBHAND_PLUGINS_DIRECTORY: folder, ...env },
  });
  const { url } = await process.line("the agent listens", (line) => typeof line.url === "string");
  await process.line("the agent is online", (line) => line.state === "online");
  return { process, instance: new URL(String(url)).host };
}

/** Calls, jobs, a message and a wish that the troubled device cannot do anything about; again until it is told otherwise. */
export async function trouble({ hub }: Scene): Promise<void> {
  const call = await methodCaller(hub);
  await waitUntil("its plugin answers", async () => {
    return (await call("troubled", { methodName: "fail" })).status === 500;
  });
  // Counted from the second scrape on: an agent's first errors may be older than what Prometheus knows of it.
  await Promise.all(Array.from({ length: 12 }, () => call("troubled", { methodName: "fail" })));
  await Promise.all(Array.from({ length: 3 }, () => call("troubled", { methodName: "work" })));
  for (let ends = 1; ends <= 3; ends += 1) {
    // 503 while it is being started again.
    await waitUntil("a plugin ends once more", async () => {
      return (await call("troubled", { methodName: "end" })).status === 500;
    });
  }
  hub.twins.patch("troubled", { properties: { desired: { logLevel: "loud" } } });
  await hub.messages.send("troubled", { payload: "{}", properties: { type: "open" } });
}
