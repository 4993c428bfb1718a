import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Agent, startAgent } from "../agent.ts";
import { loadConfig } from "../config/index.ts";
import { provideOwnApi } from "../plugins/resolve-hook.ts";
import { createTestLog, type TestLogLine } from "./test-log.ts";
import type { TestReply } from "./test-plugin.ts";
import type { HubMessage, MessageToPlugin } from "./told.ts";

const DEVICE_ID = "device";

export interface TestAgentOptions {
  /** The folder of the plugins. */
  readonly plugins: string;
  /** Further keys of the configuration, as flags would say them: `{ "methods.timeout": "5s" }`. */
  readonly config?: Readonly<Record<string, string>>;
}

export interface TestAgent extends AsyncDisposable {
  /** Where `/metrics`, `/livez` and `/readyz` are. */
  readonly url: string;
  /** Calls a method of the device as a back end does: through the hub, over TLS and MQTT. */
  call(method: string, payload?: unknown): Promise<TestReply>;
  /**
   * All that the hub has got from the device, as soon as there are so many messages (one if it is left out).
   * @throws Error if there are not, after 30 s
   */
  telemetry(count?: number): Promise<readonly HubMessage[]>;
  /**
   * Sends a message to the device as a back end does: texts and bytes as they are, all else as JSON. Resolves when the
   * device has acknowledged it: its handler has ended, or it is on the device's disk.
   * @throws Error if it has not, after 30 s
   */
  sendMessage(payload: unknown, given?: MessageToPlugin): Promise<void>;
  /** All that was logged so far. */
  log(): readonly TestLogLine[];
  stop(): Promise<void>;
}

/**
 * Starts a local IoT Hub and an agent that is its device, both in this process, on free ports of loopback. Its plugins
 * serve, or are broken, when this resolves; calls wait until the device is online. Nothing is left after `stop`.
 * @throws HubhandError CONFIG_INVALID
 */
export async function startTestAgent({ plugins, config = {} }: TestAgentOptions): Promise<TestAgent> {
  const [{ startLocalHub }, { createServiceClient }, { receivedMessages }, { sendAndWait }] =
    await Promise.all([
      import("../local-hub/index.ts"),
      import("../service/index.ts"),
      import("./received-messages.ts"),
      import("./send-message.ts"),
    ]);
  const folder = await mkdtemp(path.join(tmpdir(), "hubhand-test-agent-"));
  const hub = await startLocalHub({ dataDirectory: path.join(folder, "hub") });
  let agent: Agent | undefined;

  async function stop(): Promise<void> {
    await agent?.stop();
    await hub.stop();
    await rm(folder, { recursive: true, force: true });
  }

  try {
    await hub.registry.create({ deviceId: DEVICE_ID });
    const log = await createTestLog();
    provideOwnApi();
    const flags = {
      "hub.caFile": hub.caFile ?? "",
      "plugins.directory": path.resolve(plugins),
      "plugins.trustFolder": "true",
      "observe.port": "0",
      "state.directory": path.join(folder, "state"),
      ...config,
    };
    const env = { HUBHAND_CONNECTION_STRING: hub.deviceConnectionString(DEVICE_ID) };
    const { logger, redactor } = log;
    agent = await startAgent({
      config: loadConfig({ env, cwd: folder, flags }),
      logger,
      env: process.env,
      redactor,
      logRing: {
        lines: log.texts,
        linesAfter: (count) => ({ lines: log.texts().slice(count), count: log.texts().length }),
      },
      restart: () => logger.warn("a test's agent is not restarted"),
    });
    const service = createServiceClient({
      connectionString: hub.serviceConnectionString,
      origin: "the test's hub",
      caFile: hub.caFile ?? undefined,
    });
    const { url, loaded } = agent;
    await loaded;
    return {
      url,
      // The first call may come before the device is online: the hub waits for it.
      call: (method, payload = null) =>
        service.invokeMethod({
          deviceId: DEVICE_ID,
          methodName: method,
          payload,
          connectTimeoutSeconds: 30,
          responseTimeoutSeconds: 60,
        }),
      telemetry: (count = 1) => receivedMessages(hub.messages, { deviceId: DEVICE_ID, count }),
      sendMessage: (payload, given = {}) => sendAndWait(hub.messages, DEVICE_ID, { ...given, payload }),
      log: log.lines,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
