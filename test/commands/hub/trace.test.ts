import { spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:https";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));

/** A hub that traces; its lines on standard output and standard error. */
function startHub(...flags: string[]) {
  const args = [MAIN, "hub", "--trace", "--mqtt-port", "0", "--https-port", "0", ...flags];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const linesOf = (stream: NodeJS.ReadableStream) =>
    createInterface({ input: stream })[Symbol.asyncIterator]();
  return { out: linesOf(child.stdout), err: linesOf(child.stderr) };
}

async function call(port: number): Promise<void> {
  const headers = { authorization: "SharedAccessSignature sr=x&sig=secret&se=1&skn=iothubowner" };
  const options = { host: "127.0.0.1", port, path: "/devices?api-version=1", headers, agent: false } as const;
  const sent = request({ ...options, rejectUnauthorized: false }).end();
  const [response] = await once(sent, "response");
  response.resume();
}

test("--trace --json: each exchange is a JSON line among the events, after the first line", async () => {
  const { out } = startHub("--json");
  const next = async () => JSON.parse((await out.next()).value ?? "null") as Record<string, unknown>;
  const listening = await next();
  await call(Number(listening.httpsPort));
  const lines = [await next(), await next(), await next()];
  const exchange = {
    event: "exchange",
    face: "https",
    path: "/devices?api-version=1",
    time: expect.any(String),
  };
  expect(lines).toMatchObject([
    { event: "refused" },
    { ...exchange, direction: "request", method: "GET" },
    { ...exchange, direction: "answer", status: 401 },
  ]);
  expect(JSON.stringify(lines)).not.toContain("secret");
});

test("--trace: each exchange is a line on standard error, with its time and an arrow", async () => {
  const { out, err } = startHub();
  let port: string | undefined;
  for (; port === undefined; )
    [, port] = /^services +localhost:(\d+)/.exec((await out.next()).value ?? "") ?? [];
  await call(Number(port));
  const lines = [await err.next(), await err.next(), await err.next()].map(({ value }) => value);
  expect(lines[1]).toMatch(/^[\d:.]{12} caller 127\.0\.0\.1:\d+ → GET \/devices\?api-version=1$/);
  expect(lines[2]).toMatch(/^[\d:.]{12} caller 127\.0\.0\.1:\d+ ← 401 GET \/devices, \d+ ms, \d+ bytes: /);
});
