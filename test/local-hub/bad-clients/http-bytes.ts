import fc from "fast-check";
import { anyText } from "./wire.ts";

/** Every operation of the service that has a path of its own, be it one that this hub does not have. */
const OPERATIONS = [
  ["GET", "/devices"],
  ["POST", "/devices"],
  ["PUT", "/devices/dev2"],
  ["GET", "/devices/dev2"],
  ["DELETE", "/devices/dev2"],
  ["POST", "/devices/query"],
  ["PUT", "/devices/dev2/modules/mod1"],
  ["GET", "/devices/dev2/modules"],
  ["DELETE", "/devices/dev2/modules/mod1"],
  ["GET", "/statistics/devices"],
  ["GET", "/statistics/service"],
  ["GET", "/twins/dev2"],
  ["PATCH", "/twins/dev2"],
  ["PUT", "/twins/dev2"],
  ["PATCH", "/twins/dev2/modules/mod1"],
  ["POST", "/twins/dev2/methods"],
  ["POST", "/twins/dev2/modules/mod1/methods"],
  ["PUT", "/jobs/v2/job1"],
  ["GET", "/jobs/v2/query"],
  ["POST", "/jobs/v2/job1/cancel"],
  ["POST", "/jobs/create"],
  ["GET", "/configurations"],
  ["PUT", "/configurations/c1"],
  ["POST", "/devices/dev2/applyConfigurationContent"],
  ["GET", "/digitaltwins/dev2"],
  ["PATCH", "/digitaltwins/dev2"],
  ["POST", "/digitaltwins/dev2/commands/any"],
  ["DELETE", "/devices/dev2/commands"],
] as const;

const operation = fc.constantFrom(...OPERATIONS);

/** Names that the operations read, and some that objects have by themselves. */
const NAMES = [
  "deviceId",
  "moduleId",
  "status",
  "statusReason",
  "authentication",
  "symmetricKey",
  "primaryKey",
  "x509Thumbprint",
  "type",
  "managedBy",
  "etag",
  "methodName",
  "payload",
  "responseTimeoutInSeconds",
  "connectTimeoutInSeconds",
  "query",
  "tags",
  "properties",
  "desired",
  "reported",
  "$version",
  "$metadata",
  "jobId",
  "startTime",
  "queryCondition",
  "cloudToDeviceMethod",
  "updateTwin",
  "maxExecutionTimeInSeconds",
  "importMode",
  "id",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "",
] as const;

const value = fc.letrec<{ any: unknown; list: unknown[]; object: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, depthIdentifier: "body" },
    fc.constantFrom<unknown>(
      null,
      true,
      -1,
      0,
      1e308,
      5,
      300,
      2 ** 53,
      "",
      "dev2",
      "enabled",
      "sas",
      "*",
      "SELECT * FROM devices",
    ),
    anyText(20),
    fc.double(),
    tie("list"),
    tie("object"),
  ),
  list: fc.array(tie("any"), { maxLength: 3 }),
  // As text, since a name may come twice, and `__proto__` must stay a name.
  object: fc
    .array(fc.tuple(fc.constantFrom(...NAMES), tie("any")), { maxLength: 6 })
    .map((members) => new Members(members)),
}));

class Members {
  readonly members: ReadonlyArray<readonly [string, unknown]>;
  constructor(members: ReadonlyArray<readonly [string, unknown]>) {
    this.members = members;
  }
}

function write(part: unknown): string {
  if (Array.isArray(part)) return `[${part.map(write).join(",")}]`;
  if (part instanceof Members) {
    return `{${part.members.map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`).join(",")}}`;
  }
  return JSON.stringify(part) ?? "null";
}

const nested = (depth: number, [open, close]: readonly [string, string]) =>
  `${open.repeat(depth)}1${close.repeat(depth)}`;

/** A body for any operation: objects with the right names and wrong values, other JSON, no JSON, and deeper than any stack. */
export const body: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 10, arbitrary: value.object.map((part) => Buffer.from(write(part))) },
  { weight: 3, arbitrary: value.any.map((part) => Buffer.from(write(part))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...NAMES),
        fc.constantFrom(["[", "]"], ['{"a":', "}"]),
        fc.constantFrom(20, 5000, 80_000),
      )
      .map(([name, pair, depth]) => {
        const [open = "", close = ""] = pair;
        const whole = `{"methodName":"any","deviceId":"dev2",${JSON.stringify(name)}:${nested(depth, [open, close])}}`;
        return Buffer.from(whole);
      }),
  },
  {
    weight: 1,
    arbitrary: fc.nat(600 * 1024).map((length) => Buffer.from(`{"methodName":"${"x".repeat(length)}"}`)),
  },
);

export const request = fc
  .record({ operation, body })
  .map(({ operation: [method, path], body }) => ({ method, path, body }));

const TARGETS = [
  "/",
  "//",
  "/devices//dev2",
  "/devices/../devices/dev2",
  "/devices/%2e%2e/twins/dev2",
  "/devices/dev2%2Fmodules",
  "/devices/%00",
  "/devices/%",
  "/devices/%ff",
  "/devices/dev2/",
  "/devices/dev2?api-version",
  "/devices/dev2?api-version=2021-04-12&api-version=2",
  "/devices?top=-1&api-version=1",
  "/devices?top=1e9&api-version=1",
  "/DEVICES/dev2?api-version=1",
  "/devices/dev2#x?api-version=1",
  "*",
  "https://localhost/devices/dev2?api-version=1",
  "http://elsewhere.example/devices?api-version=1",
  "localhost:443",
  "/__proto__/constructor",
  "/devices/__proto__?api-version=1",
  "/twins/__proto__/methods?api-version=1",
  "/$iothub/websocket",
  "/$iothub/websocket?iothub-no-client-cert=true",
  `/devices/${"x".repeat(7000)}?api-version=1`,
  `/${"a/".repeat(3000)}`,
  `/devices?${"a=b&".repeat(3000)}`,
] as const;

const HEADERS = [
  "Expect: 100-continue",
  "Expect: nonsense",
  "Content-Encoding: gzip",
  "Content-Type: text/plain",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding: chunked, identity",
  "Content-Length: 5",
  "Content-Length: 99999999999",
  "Content-Length: -1",
  "Content-Length: 1, 2",
  "Connection: close",
  "Connection: upgrade",
  "Upgrade: websocket",
  "Upgrade: h2c",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "Sec-WebSocket-Protocol: mqtt",
  "Sec-WebSocket-Protocol: ,,mqtt,",
  "If-Match: *",
  'If-Match: "',
  'If-Match: "*"',
  "Host: a\r\nHost: b",
  " folded: line",
  "No-Colon",
  ": empty",
  "X: \u0001",
  "Authorization:",
  "Authorization: SharedAccessSignature",
  "Authorization: SharedAccessSignature sr=%&sig=%&se=1&skn=iothubowner",
  "x-ms-max-item-count: -1",
  "x-ms-continuation: ../..",
  "iothub-operationid: x",
  `X-Long: ${"y".repeat(9000)}`,
  `X-Longer: ${"y".repeat(20_000)}`,
] as const;

/** Requests that are nearly HTTP, one or several behind one another; `authorization` is of a caller who may do anything. */
export function nearlyHttp(authorization: string): fc.Arbitrary<Buffer> {
  const one = fc
    .record({
      method: fc.constantFrom(
        "GET",
        "PUT",
        "POST",
        "PATCH",
        "DELETE",
        "HEAD",
        "OPTIONS",
        "TRACE",
        "CONNECT",
        "PRI",
        "get",
        "FOO",
      ),
      target: fc.oneof(
        fc.constantFrom(...TARGETS),
        operation.map(([, path]) => `${path}?api-version=2021-04-12`),
      ),
      version: fc.constantFrom("HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/9", ""),
      headers: fc.uniqueArray(fc.constantFrom(...HEADERS), { maxLength: 4 }),
      authorized: fc.boolean(),
      end: fc.constantFrom("\r\n\r\n", "\r\n\r\n", "\r\n\r\n", "\n\n", "\r\n", ""),
      body: fc.constantFrom(
        "",
        "hello",
        "{}",
        "5\r\nhello\r\n0\r\n\r\n",
        "fffffff\r\nx",
        "-1\r\n\r\n",
        "5;a=b\r\nhello\r\n0\r\nT: 1\r\n\r\n",
      ),
    })
    .map(({ method, target, version, headers, authorized, end, body }) => {
      const proof = authorized ? [`Authorization: ${authorization}`] : [];
      const head = [`${method} ${target} ${version}`, "Host: localhost", ...proof, ...headers].join("\r\n");
      return Buffer.from(`${head}${end}${body}`, "latin1");
    });
  return fc.array(one, { minLength: 1, maxLength: 3 }).map((requests) => Buffer.concat(requests));
}
