import { globalAgent } from "node:https";
import { DigitalTwinClient, IoTHubTokenCredentials } from "azure-iothub";
import { expect, it } from "vitest";
import { startLocalHub } from "../../src/local-hub/index.ts";
import type { Content, Interface } from "../../src/model/dtdl.ts";
import { fits } from "../model/samples.ts";
import { writeFiles } from "../plugins/load.ts";
import { startHubhand } from "../support/agent/hubhand-process.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

const MODEL_ID = "dtmi:example:gateway;1";
const KEY = Buffer.alloc(32, 7).toString("base64");

const METER = `export default {
  settings: {
    type: "object",
    properties: { seconds: { type: "integer", minimum: 1 }, mode: { enum: ["fast", "slow"], default: "slow" } },
  },
  settingsChanged() {},
  methods: {
    "meter.read": {
      schema: { type: "object", required: ["times"], properties: { times: { type: "integer" } } },
      replySchema: { type: "object", properties: { times: { type: "integer" }, seconds: { type: "integer" } } },
      async handler({ times }, { settings, telemetry }) {
        await telemetry.send({ times });
        return { times, seconds: settings.seconds };
      },
    },
  },
};`;

/** A hub that a device is provisioned to, with one plugin and a model. */
async function startDevice() {
  const hub = await startLocalHub({ dataDirectory: await cleanUp.folder() });
  cleanUp.add(() => hub.stop());
  const registered: unknown[] = [];
  const provisioning = await hub.startProvisioning({
    retryAfterSeconds: 0,
    onRegister({ payload }) {
      registered.push(payload);
      return {};
    },
  });
  cleanUp.add(() => provisioning.stop());
  provisioning.enrolments.add({
    registrationId: "pi-1",
    attestation: { kind: "symmetricKey", primaryKey: KEY },
  });
  const plugins = await cleanUp.folder();
  await writeFiles(plugins, { "meter-1.mjs": METER });
  const env = {
    HUBHAND_HUB_PROVISIONING_ID_SCOPE: provisioning.idScope,
    HUBHAND_HUB_PROVISIONING_ENDPOINT: provisioning.endpoint,
    HUBHAND_HUB_PROVISIONING_REGISTRATION_ID: "pi-1",
    HUBHAND_HUB_PROVISIONING_KEY: KEY,
    HUBHAND_HUB_PROVISIONING_PAYLOAD: '{"site":"north"}',
    HUBHAND_HUB_CA_FILE: hub.caFile ?? "",
    HUBHAND_PLUGINS_DIRECTORY: plugins,
    HUBHAND_PLUGINS_TRUST_FOLDER: "true",
    HUBHAND_METHODS_BUILT_IN_RUN_TASK: "true",
    HUBHAND_OBSERVE_PORT: "0",
    HUBHAND_TWIN_MODEL_ID: MODEL_ID,
  };
  const agent = startHubhand(["run"], env);
  cleanUp.add(async () => {
    agent.kill("SIGKILL");
    await agent.exited;
  });
  const printer = startHubhand(["model"], env);
  await printer.exited;
  await agent.line("it is online", ({ state }) => state === "online");
  await agent.line("its plugin serves", ({ msg }) => msg === 'plugin "meter-1" serves');
  return { hub, registered, interfaces: JSON.parse(printer.output()) as readonly Interface[] };
}

/** What a model says of a component, or of the device itself. */
function contentsOf(interfaces: readonly Interface[], component = ""): ReadonlyMap<string, Content> {
  const suffix = component === "" ? "gateway;1" : `gateway:${component};1`;
  const { contents = [] } = interfaces.find((each) => each["@id"].endsWith(suffix)) ?? {};
  return new Map(contents.map((content) => [content.name, content]));
}

/** Names of values that a model does not have, or has otherwise. */
function strangersIn(
  values: object,
  contents: ReadonlyMap<string, Content>,
  type: Content["@type"],
): string[] {
  return Object.entries(values)
    .filter(([name, value]) => {
      const content = contents.get(name);
      return (
        content?.["@type"] !== type || content["@type"] === "Command" || !fits(content.schema as never, value)
      );
    })
    .map(([name]) => name);
}

it("a device is what its model says: announced, read, set and called by Microsoft's client", async () => {
  const { hub, registered, interfaces } = await startDevice();
  expect(registered).toEqual([{ modelId: MODEL_ID, site: "north" }]);
  globalAgent.options.ca = hub.ca;
  const client = new DigitalTwinClient(new IoTHubTokenCredentials(hub.serviceConnectionString));
  const read = async () =>
    (await client.getDigitalTwin("pi-1")) as unknown as Record<string, Record<string, unknown>>;
  await waitUntil("it has reported", async () => (await read()).plugins !== undefined);
  expect((await read()).$metadata).toMatchObject({ $model: MODEL_ID });

  // What it reports is what the model says, all of it.
  const { agent, link, plugins } = await read();
  const device = contentsOf(interfaces);
  expect(strangersIn({ agent, link, plugins }, device, "Property")).toEqual([]);
  expect(Object.keys(plugins ?? {}).map((name) => device.get(name)?.["@type"])).toEqual([
    "Component",
    "Component",
  ]);

  const desired = { seconds: 5, mode: "often", $metadata: {} };
  await client.updateDigitalTwin("pi-1", [
    { op: "add", path: "/meter_1", value: desired },
    { op: "add", path: "/logLevel", value: "debug" },
  ]);
  await waitUntil("it has acknowledged", async () => (await read()).meter_1?.seconds === 5);
  const twin = await read();
  const refused = {
    ackCode: 400,
    ackDescription: 'mode must be equal to one of the allowed values: "fast", "slow"',
  };
  expect(twin.meter_1).toMatchObject({
    seconds: 5,
    $metadata: { seconds: { ackCode: 200, desiredValue: 5 }, mode: refused },
  });
  expect(twin).toMatchObject({ logLevel: "debug" });

  const meter = contentsOf(interfaces, "meter_1");
  expect(meter.get("meter_read")).toMatchObject({ request: { schema: { fields: [{ name: "times" }] } } });
  const messages = hub.messages;
  const answer = await client.invokeComponentCommand("pi-1", "meter_1", "meter_read", { times: 3 } as never);
  expect(answer).toMatchObject({ body: { times: 3, seconds: 5 }, xMsCommandStatuscode: 200 });
  expect((await messages.next()).systemProperties).toMatchObject({ "dt-subject": "meter_1" });

  const task = { task: "hubhand/heartbeat" };
  await client.invokeComponentCommand("pi-1", "hubhand", "hubhand_runTask", task as never);
  const { body, systemProperties } = await messages.next();
  expect(systemProperties).toMatchObject({ "dt-subject": "hubhand" });
  const facts = JSON.parse(body.toString()) as object;
  expect(Object.keys(facts).length).toBeGreaterThan(5);
  expect(strangersIn(facts, contentsOf(interfaces, "hubhand"), "Telemetry")).toEqual([]);
});
