import { expect, test } from "vitest";
import { loadConfig } from "../../../src/config/index.ts";
import {
  chunksOf,
  createOptionsOf,
  layeredModule,
  type Module,
  type Route,
  readContent,
  wholeDeployment,
} from "./support/manifests.ts";

const { agent, hub } = wholeDeployment();
const all: [string, Module][] = [
  ...Object.entries(agent.systemModules),
  ...Object.entries(agent.modules),
  ["hubhand in the layered one", layeredModule()],
];

test("the whole deployment has the form that edgeAgent and edgeHub want", () => {
  expect(agent.schemaVersion).toBe("1.1");
  expect(hub.schemaVersion).toBe("1.1");
  expect(agent.runtime).toEqual({
    type: "docker",
    settings: { minDockerVersion: "v1.25", loggingOptions: "", registryCredentials: {} },
  });
  expect(Object.keys(agent.systemModules)).toEqual(["edgeAgent", "edgeHub"]);
  expect(hub.storeAndForwardConfiguration.timeToLiveSecs).toBeGreaterThan(0);
});

test.each(all)("%s is a module with one image of one version", (name, module) => {
  expect(module.type).toBe("docker");
  expect(module.settings.image).toMatch(/^[a-z0-9.]+(\/[a-z0-9-]+)+:\d+\.\d+(\.\d+)?$/);
  for (const { value } of Object.values(module.env ?? {})) expect(value).toBeTypeOf("string");
  // edgeAgent runs whatever is said of it.
  if (name === "edgeAgent") return;
  expect(module.status).toBe("running");
  expect(module.restartPolicy).toBe("always");
});

test.each(all)("create options of %s are an object of Docker's, in parts of 512 bytes", (_name, module) => {
  const chunks = chunksOf(module);
  for (const chunk of chunks) expect(Buffer.byteLength(chunk)).toBeLessThanOrEqual(512);
  expect(createOptionsOf(module).HostConfig).toMatchObject({
    LogConfig: { Type: "json-file", Config: { "max-size": "5m", "max-file": "3" } },
  });
});

test("hubhand may not do or take more than it needs, and only the device itself reaches its port", () => {
  expect(createOptionsOf(agent.modules.hubhand as Module).HostConfig).toMatchObject({
    // Plugins that it cannot change, and a place for what must last.
    Binds: ["/srv/hubhand/plugins:/app/plugins:ro", "hubhand-data:/data"],
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
    Memory: 128 * 1024 * 1024,
    MemorySwap: 128 * 1024 * 1024,
    PidsLimit: 200,
    PortBindings: { "9464/tcp": [{ HostIp: "127.0.0.1", HostPort: "9464" }] },
  });
});

test("hubhand is the same in both, but for its place in a row that only one of them has", () => {
  const { startupOrder, ...module } = agent.modules.hubhand as Module;
  expect(startupOrder).toBe(1);
  expect(layeredModule()).toEqual(module);
});

test("every variable of hubhand is one that it knows", () => {
  const env = Object.fromEntries(
    Object.entries(layeredModule().env ?? {}).map(([name, { value }]) => [name, value]),
  );
  expect(Object.keys(env)).not.toHaveLength(0);
  expect(loadConfig({ env, cwd: "/" }).values.link.transport).toBe("mqtt");
  expect(() => loadConfig({ env: { ...env, HUBHAND_LINK_TRANSPRT: "mqtt" }, cwd: "/" })).toThrow();
});

test("the collector asks the modules that there are, hubhand at the port that it has", () => {
  const urls = agent.modules["metrics-collector"]?.env?.MetricsEndpointsCSV?.value.split(",") ?? [];
  const names = [...Object.keys(agent.systemModules), ...Object.keys(agent.modules)];
  for (const url of urls) expect(names).toContain(/^http:\/\/([^:]+):/.exec(url)?.[1]);
  const { port } = loadConfig({ env: {}, cwd: "/" }).values.observe;
  expect(urls).toContain(`http://hubhand:${port}/metrics`);
});

test("routes lead what modules say to the hub", () => {
  for (const { route, priority, timeToLiveSecs } of Object.values(hub.routes)) {
    const [, from] = /^FROM \/messages\/modules\/([^/]+)\/\* INTO \$upstream$/.exec(route) ?? [];
    expect(Object.keys(agent.modules)).toContain(from);
    // edgeHub knows 0, which is first, to 9.
    expect(priority).toSatisfy((value: number) => Number.isInteger(value) && value >= 0 && value <= 9);
    expect(timeToLiveSecs).toBeGreaterThan(0);
  }
});

test("the layered deployment touches nothing but hubhand and its route", () => {
  const content = readContent("layered");
  const keys = Object.entries(content).flatMap(([module, twin]) =>
    Object.keys(twin).map((key) => `${module} ${key}`),
  );
  expect(keys).toEqual([
    "$edgeAgent properties.desired.modules.hubhand",
    "$edgeHub properties.desired.routes.hubhand",
    "hubhand properties.desired.logLevel",
  ]);
  const route = content.$edgeHub?.["properties.desired.routes.hubhand"] as Route;
  expect(route).toEqual(hub.routes.hubhand);
});
