import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { type Face, hurriedClock, sendRaw, startFace } from "../../support/agent/http-face.ts";
import { cleanUpAfterAll } from "../../support/clean-up.ts";

const cleanUp = cleanUpAfterAll();
const TOKEN = "0123456789abcdef";
let face: Face;

beforeAll(async () => {
  face = await startFace(cleanUp, { token: TOKEN, password: "a password", clock: hurriedClock });
});

const RIGHT = `Authorization: Bearer ${TOKEN}`;
/** The status of the first answer; undefined if there is none. */
async function statusOf(text: string): Promise<number | undefined> {
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(await sendRaw(face.port, text)) ?? [];
  return status === undefined ? undefined : Number(status);
}

it.each<[string, string, number]>([
  ["no Host in HTTP/1.0", `GET /metrics HTTP/1.0\r\n${RIGHT}\r\n\r\n`, 200],
  ["no Host in HTTP/1.1", `GET /metrics HTTP/1.1\r\n${RIGHT}\r\n\r\n`, 400],
  ["an empty Host", `GET /metrics HTTP/1.1\r\nHost:\r\n${RIGHT}\r\n\r\n`, 403],
  ["two Hosts", `GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n${RIGHT}\r\n\r\n`, 403],
  [
    "a Host with a name and a password",
    `GET /metrics HTTP/1.1\r\nHost: a:b@localhost\r\n${RIGHT}\r\n\r\n`,
    400,
  ],
  [
    "a whole URL of its own",
    `GET http://localhost/metrics HTTP/1.1\r\nHost: localhost\r\n${RIGHT}\r\n\r\n`,
    200,
  ],
  [
    "a whole URL of another",
    `GET http://evil.example/metrics HTTP/1.1\r\nHost: localhost\r\n${RIGHT}\r\n\r\n`,
    403,
  ],
  ["a path that is none", `GET metrics HTTP/1.1\r\nHost: localhost\r\n${RIGHT}\r\n\r\n`, 400],
  ["an asterisk", `OPTIONS * HTTP/1.1\r\nHost: localhost\r\n${RIGHT}\r\n\r\n`, 400],
  ["20 KB of headers", `GET /livez HTTP/1.1\r\nHost: localhost\r\nA: ${"a".repeat(20_000)}\r\n\r\n`, 431],
  ["what is no HTTP", "\u0016\u0003\u0001\u0002\r\n\r\n", 400],
  [
    "a length and chunks",
    `POST /metrics HTTP/1.1\r\nHost: localhost\r\n${RIGHT}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  [
    "a header that is folded",
    `GET /metrics HTTP/1.1\r\nHost: localhost\r\n${RIGHT}\r\n and more\r\n\r\n`,
    400,
  ],
])("%s", async (_, text, status) => {
  expect(await statusOf(text)).toBe(status);
});

const printable = fc.string({ unit: "binary", maxLength: 60 }).map((text) => text.replaceAll(/[\r\n]/g, ""));

it("whatever stands in Host and Authorization, nobody comes in, and nothing breaks", async () => {
  const host = fc.oneof(printable, fc.domain(), fc.constantFrom("localhost", "[::1]", "%00", "a:99999"));
  const scheme = fc.constantFrom("Basic", "Bearer", "basic ", "Digest", "", "Basic\t", "Bearer,Basic");
  const authorization = fc
    .tuple(scheme, fc.oneof(printable, fc.base64String()))
    .map((parts) => parts.join(" "));
  await fc.assert(
    fc.asyncProperty(host, authorization, async (name, given) => {
      fc.pre(!given.includes(TOKEN));
      const status = await statusOf(
        `GET /metrics HTTP/1.1\r\nHost: ${name}\r\nAuthorization: ${given}\r\nConnection: close\r\n\r\n`,
      );
      expect([400, 401, 403]).toContain(status);
    }),
    { numRuns: 300 },
  );
});

it("none of it is worth a stack trace", () => {
  expect(face.text()).not.toMatch(/ at .+:\d+:\d+/);
  expect(face.lines().every(({ level }) => level === "warn")).toBe(true);
});
