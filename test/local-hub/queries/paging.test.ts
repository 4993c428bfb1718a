import { expect, test } from "vitest";
import { HubError } from "../../../src/local-hub/hub-error.ts";
import type { QueryDocument } from "../../../src/local-hub/queries/query.ts";
import { queryRoutes } from "../../../src/local-hub/service-face/queries.ts";

const twin = (number: number) => ({
  deviceId: `dev${String(number).padStart(4, "0")}`,
  etag: "AAAAAAAAAAE=",
  tags: { even: number % 2 === 0, number },
  properties: { desired: { $version: 1 }, reported: { $version: 1 } },
});

const twins = (count: number) => Array.from({ length: count }, (_, index) => twin(index));

/** A hub that can do nothing but answer queries over these, which the test may change. */
function queryHub(devices: QueryDocument[], modules: QueryDocument[] = []) {
  const sources = { devices: () => devices, modules: () => modules, jobs: () => [] };
  const [route] = queryRoutes({ sources });
  if (route === undefined) throw new Error("no route");

  async function ask(body: unknown, headers: Record<string, string> = {}) {
    const answer = await route?.handle({
      parameters: {},
      query: new URLSearchParams(),
      header: (name) => headers[name],
      headers,
      body: Buffer.from(JSON.stringify(body)),
      signal: new AbortController().signal,
    });
    const items = JSON.parse(String(answer?.body)) as { deviceId?: string }[];
    return { items, ids: items.map(({ deviceId }) => deviceId), headers: answer?.headers ?? {} };
  }

  /** One page of at most two, and the token of the next. */
  async function pageOfTwo(query: string, token?: string) {
    const continuation = token === undefined ? {} : { "x-ms-continuation": token };
    const { ids, items, headers } = await ask({ query }, { "x-ms-max-item-count": "2", ...continuation });
    return { ids, items, token: headers["x-ms-continuation"] };
  }

  return { route, ask, pageOfTwo };
}

const ALL = "SELECT * FROM devices";

test("queries need the right to read the registry", () => {
  expect(queryHub([]).route).toMatchObject({ method: "POST", path: "/devices/query", right: "RegistryRead" });
});

test("the answer says what its items are, and has no continuation if it is all", async () => {
  const { ask } = queryHub(twins(2));
  expect((await ask({ query: ALL })).headers).toEqual({ "x-ms-item-type": "Twin" });
  expect((await ask({ query: "SELECT deviceId FROM devices" })).headers).toEqual({ "x-ms-item-type": "Raw" });
  expect(await ask({ query: "SELECT * FROM devices.jobs" })).toMatchObject({
    items: [],
    headers: { "x-ms-item-type": "DeviceJob" },
  });
});

test.each<[string | undefined, number]>([
  [undefined, 1000],
  ["1", 1],
  ["999", 999],
  ["5000", 1000],
  ["0", 1000],
  ["-1", 1000],
  ["many", 1000],
])("of a page size of %s, a page has %i items", async (size, count) => {
  const { ask } = queryHub(twins(1001));
  const { items } = await ask({ query: ALL }, size === undefined ? {} : { "x-ms-max-item-count": size });
  expect(items).toHaveLength(count);
});

test("pages have every item once, though devices come and go between them", async () => {
  const devices = twins(5);
  const { pageOfTwo } = queryHub(devices);
  const first = await pageOfTwo(ALL);
  expect(first.ids).toEqual(["dev0000", "dev0001"]);
  devices.splice(0, 3);
  devices.push(twin(9));
  const second = await pageOfTwo(ALL, first.token);
  expect(second.ids).toEqual(["dev0003", "dev0004"]);
  const third = await pageOfTwo(ALL, second.token);
  expect(third).toMatchObject({ ids: ["dev0009"], token: undefined });
});

test("a page that happens to be full is the last if nothing is behind it", async () => {
  const { pageOfTwo } = queryHub(twins(4));
  const { token } = await pageOfTwo(ALL);
  expect(await pageOfTwo(ALL, token)).toMatchObject({ ids: ["dev0002", "dev0003"], token: undefined });
});

test("TOP counts over all pages", async () => {
  const { pageOfTwo } = queryHub(twins(9));
  const query = "SELECT TOP 3 deviceId FROM devices";
  const first = await pageOfTwo(query);
  expect(first.ids).toHaveLength(2);
  expect(await pageOfTwo(query, first.token)).toMatchObject({ ids: ["dev0002"], token: undefined });
});

test("the modules of one device are told apart", async () => {
  const modules = ["m2", "m1", "m3"].map((moduleId) => ({ ...twin(1), moduleId }));
  const { pageOfTwo } = queryHub([], modules);
  const query = "SELECT moduleId FROM devices.modules";
  const first = await pageOfTwo(query);
  expect(first.items).toEqual([{ moduleId: "m1" }, { moduleId: "m2" }]);
  expect((await pageOfTwo(query, first.token)).items).toEqual([{ moduleId: "m3" }]);
});

test("groups are paged too", async () => {
  const { pageOfTwo } = queryHub(twins(3));
  const query = "SELECT tags.number, COUNT() AS n FROM devices GROUP BY tags.number";
  const first = await pageOfTwo(query);
  expect(first.items).toEqual([
    { number: 0, n: 1 },
    { number: 1, n: 1 },
  ]);
  expect((await pageOfTwo(query, first.token)).items).toEqual([{ number: 2, n: 1 }]);
});

test("a token is of its own query, and cannot be changed", async () => {
  const { pageOfTwo } = queryHub(twins(5));
  const { token = "" } = await pageOfTwo(ALL);
  const bytes = Buffer.from(token, "base64url");
  const changed = [...bytes.keys()].map((index) => {
    const copy = Buffer.from(bytes);
    copy.writeUInt8(copy.readUInt8(index) ^ 1, index);
    return copy.toString("base64url");
  });
  for (const bad of [...changed, `${token}=`, `${token} `, token.slice(0, 20), "a", "true", "é"]) {
    await expect(pageOfTwo(ALL, bad)).rejects.toMatchObject({ code: "ArgumentInvalid", status: 400 });
  }
  await expect(pageOfTwo(`${ALL} WHERE tags.even`, token)).rejects.toThrow(HubError);
  await expect(queryHub(twins(5)).pageOfTwo(ALL, token)).rejects.toThrow(HubError);
});

test.each([
  [{}, "ArgumentNull"],
  [{ query: null }, "ArgumentNull"],
  [{ query: 7 }, "ArgumentInvalid"],
  [{ query: "" }, "ArgumentInvalid"],
  [{ query: "SELECT" }, "ArgumentInvalid"],
  [[], "IotHubFormatError"],
])("the body %j is refused: %s", async (body, code) => {
  await expect(queryHub([]).ask(body)).rejects.toMatchObject({ code, status: 400 });
});
