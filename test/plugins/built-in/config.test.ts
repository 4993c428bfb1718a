import { expect, it } from "vitest";
import { effectiveValues } from "../../../src/config/effective.ts";
import { MAX_REPLY_BYTES } from "../../../src/methods/reply.ts";
import { workspace } from "../../config/workspace.ts";
import { createBuiltInBench } from "./bench.ts";

const SECRETS = ["SharedAccessKey=c2VjcmV0", "hunter22222", "proxy-password"];

it("tells every key with its value and origin; of secrets only whether they are set", async () => {
  const loaded = workspace().load({
    env: {
      HUBHAND_CONNECTION_STRING: `HostName=h;DeviceId=d;${SECRETS[0]}`,
      HUBHAND_PLUGINS_SETTINGS: JSON.stringify({ mail: { password: SECRETS[1], port: 25 } }),
      HUBHAND_LINK_PROXY: `http://user:${SECRETS[2]}@proxy:3128`,
    },
  });
  const bench = await createBuiltInBench(() => ({ configuration: () => effectiveValues(loaded) }));
  const { text, body } = await bench.call("hubhand.config").reply;
  expect(body).toMatchObject({
    truncated: false,
    keys: {
      "methods.timeout": { value: "30s", origin: "default" },
      "hub.connectionString": { value: "[set]", origin: "environment variable HUBHAND_CONNECTION_STRING" },
      "plugins.settings": { value: { mail: { password: "[set]", port: 25 } } },
    },
  });
  for (const secret of SECRETS) expect(text).not.toContain(secret);
});

it("what is too large for a reply is named", async () => {
  const key = (name: string, value: unknown) => ({ key: name, value, origin: "default" });
  const bench = await createBuiltInBench(() => ({
    configuration: () => [key("a", 1), key("b", "x".repeat(MAX_REPLY_BYTES)), key("c", 3)],
  }));
  expect((await bench.call("hubhand.config").reply).body).toEqual({
    keys: { a: { value: 1, origin: "default" }, c: { value: 3, origin: "default" } },
    truncated: true,
    leftOut: ["b"],
  });
});

it("what the redactor knows is in no reply, whoever told it", async () => {
  const bench = await createBuiltInBench(({ log }) => {
    log.redactor.hide("correct horse battery");
    return {
      configuration: () => [{ key: "a", value: "a correct horse battery staple", origin: "default" }],
      logLines: () => ['{"msg":"correct horse battery"}'],
      check: async () => [{ id: "a", result: "ok", detail: "correct horse battery" }],
      metrics: async () => [{ name: "correct horse battery", type: "gauge", values: [] }],
    };
  });
  for (const name of ["config", "logs", "check", "metrics"]) {
    const { status, text } = await bench.call(`hubhand.${name}`).reply;
    expect(status).toBe(200);
    expect(text).toContain("[secret]");
    expect(text).not.toContain("horse");
  }
});
