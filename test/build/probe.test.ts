import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { startLocalHub } from "../../src/local-hub/index.ts";
import { createTestCertificate, type TestCertificate } from "../support/certificates.ts";

const PROBE = fileURLToPath(new URL("../../src/probe.ts", import.meta.url));

async function probe(env: NodeJS.ProcessEnv, ...args: string[]) {
  const child = spawn(process.execPath, [PROBE, ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
  const stderr = child.stderr.setEncoding("utf8").toArray();
  const [code] = await once(child, "close");
  return { code: code as number, said: (await stderr).join("") };
}

async function agentThatAnswers(status: number | undefined, tls?: TestCertificate): Promise<string> {
  const answer: RequestListener = (request, response) => {
    if (status !== undefined) response.writeHead(request.url === "/livez" ? status : 404).end();
  };
  const server =
    tls === undefined
      ? createServer(answer)
      : createTlsServer({ cert: tls.certificate, key: tls.privateKey }, answer);
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return String((server.address() as AddressInfo).port);
}

test.each([undefined, "127.0.0.1", "0.0.0.0", "::", "localhost"])(
  "is content with an agent that is alive, and listens on %s",
  async (host) => {
    const port = await agentThatAnswers(200);
    expect(await probe({ HUBHAND_OBSERVE_HOST: host, HUBHAND_OBSERVE_PORT: port })).toEqual({
      code: 0,
      said: "",
    });
  },
);

test("fails if the agent says no", async () => {
  const port = await agentThatAnswers(500);
  expect(await probe({ HUBHAND_OBSERVE_PORT: port })).toEqual({ code: 1, said: "/livez answers 500\n" });
});

test("fails if nobody listens", async () => {
  const { code, said } = await probe({ HUBHAND_OBSERVE_PORT: "1" });
  expect(said).toMatch(/^\/livez does not answer: .*ECONNREFUSED/);
  expect(code).toBe(1);
});

test("gives up on an agent that hangs, before Docker does", async () => {
  const port = await agentThatAnswers(undefined);
  expect(await probe({ HUBHAND_OBSERVE_PORT: port })).toEqual({
    code: 1,
    said: "no answer within 3000 ms\n",
  });
});

test("asks by HTTPS where that is served, whoever's certificate it is and wherever it is configured", async () => {
  const tls = await createTestCertificate({ commonName: "pi-12", hostNames: ["pi-12"] });
  const port = await agentThatAnswers(200, tls);
  const variable = { HUBHAND_OBSERVE_TLS_CERTIFICATE_FILE: "/etc/hubhand/cert.pem" };
  const ill = await agentThatAnswers(500, tls);
  const found = [
    { HUBHAND_OBSERVE_PORT: port },
    { HUBHAND_OBSERVE_PORT: port, ...variable },
    { HUBHAND_OBSERVE_PORT: ill },
  ];
  expect(await Promise.all(found.map((env) => probe(env)))).toEqual([
    { code: 0, said: "" },
    { code: 0, said: "" },
    { code: 1, said: "/livez answers 500\n" },
  ]);
});

test("asks the local hub by its TLS port, which the hub does not take for an attack", async () => {
  const events: unknown[] = [];
  const hub = await startLocalHub({ log: (event) => events.push(event) });
  onTestFinished(() => hub.stop());
  expect(await probe({}, `127.0.0.1:${hub.httpsPort}`)).toEqual({ code: 0, said: "" });
  expect(await probe({}, "127.0.0.1:1")).toMatchObject({ code: 1 });
  expect(events).toEqual([]);
});
