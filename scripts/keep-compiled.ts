/**
 * Has V8 keep what it compiles of the agent until that is online and has answered, beside `agent.cjs` (src/agent-file.ts):
 *
 *     node scripts/keep-compiled.ts FOLDER
 *
 * It is good for this architecture and version of Node, and for V8's flags with which this runs; elsewhere the agent compiles
 * as ever.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { loadAgent } from "../src/agent-file.ts";
import { startLocalHub } from "../src/local-hub/index.ts";
import { createServiceClient } from "../src/service/index.ts";

const DEVICE_ID = "device";
const CALLS = 3;
/** As most plugins are, but that it needs no process of its own. */
const PLUGIN = `export default { isolate: false, methods: { echo: {
  schema: { type: "object", required: ["text"], properties: { text: { type: "string", maxLength: 9 } } },
  handler: (payload) => payload,
} } };`;

const dist = path.resolve(process.argv[2] ?? "dist");
const folder = mkdtempSync(path.join(tmpdir(), "hubhand-compiled-"));
const hub = await startLocalHub({ dataDirectory: path.join(folder, "hub") });
await hub.registry.create({ deviceId: DEVICE_ID });
mkdirSync(path.join(folder, "plugins"));
writeFileSync(path.join(folder, "plugins/echo.mjs"), PLUGIN);

const agent = loadAgent(pathToFileURL(`${dist}/`));
if (agent === undefined) throw new Error(`${dist} has no agent.cjs: node scripts/build.ts writes it`);
Object.assign(process.env, {
  HUBHAND_CONNECTION_STRING: hub.deviceConnectionString(DEVICE_ID),
  HUBHAND_HUB_CA_FILE: hub.caFile,
  HUBHAND_STATE_DIRECTORY: path.join(folder, "state"),
  HUBHAND_PLUGINS_DIRECTORY: path.join(folder, "plugins"),
  HUBHAND_PLUGINS_TRUST_FOLDER: "true",
  HUBHAND_OBSERVE_PORT: "0",
  HUBHAND_LOG_FORMAT: "json",
});
// Its log is of no use to who builds.
process.stdout.write = () => true;
process.noDeprecation = true; // as in src/main.ts
void agent.runProgram(["run"], { isAgent: true });
const service = createServiceClient({
  connectionString: hub.serviceConnectionString,
  origin: "the build's hub",
  caFile: hub.caFile ?? undefined,
});
const call = {
  deviceId: DEVICE_ID,
  methodName: "echo",
  payload: { text: "as ever" },
  connectTimeoutSeconds: 30,
  responseTimeoutSeconds: 30,
};
for (let count = 0; count < CALLS; count += 1) await service.invokeMethod(call);
agent.keepCompiled();
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
// The agent ends the process, and takes it for a fault if somebody else does.
process.kill(process.pid, "SIGTERM");
