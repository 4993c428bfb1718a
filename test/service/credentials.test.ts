import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createServiceClient, findConnectionString } from "../../src/service/index.ts";

function folder(files: Record<string, string> = {}): string {
  const path = mkdtempSync(join(tmpdir(), "hubhand-service-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

test("--login gives it, or names a file with it; both go before the environment", () => {
  const cwd = folder({ secret: "from the file\n" });
  const env = { IOTHUB_CONNECTION_STRING: "from the environment" };
  expect(findConnectionString({ login: "given", env, cwd })).toEqual({ text: "given", origin: "--login" });
  expect(findConnectionString({ login: "@secret", env, cwd })).toEqual({
    text: "from the file\n",
    origin: `file ${cwd}/secret, named by --login`,
  });
});

test("the environment gives it, or names a file with it", () => {
  const cwd = folder({ secret: "from the file\n" });
  const find = (env: Record<string, string>) => findConnectionString({ env, cwd });
  expect(find({ IOTHUB_CONNECTION_STRING: "x", IOTHUB_CONNECTION_STRING_FILE: "" })).toEqual({
    text: "x",
    origin: "environment variable IOTHUB_CONNECTION_STRING",
  });
  expect(find({ IOTHUB_CONNECTION_STRING_FILE: "secret" }).text).toBe("from the file\n");
  expect(
    find({ IOTHUB_CONNECTION_STRING_FILE: "secret", IOTHUB_CONNECTION_STRING: "from the file" }).origin,
  ).toBe("environment variable IOTHUB_CONNECTION_STRING");
});

test("both of the environment must agree", () => {
  const cwd = folder({ secret: "one" });
  const env = { IOTHUB_CONNECTION_STRING: "other", IOTHUB_CONNECTION_STRING_FILE: "secret" };
  expect(() => findConnectionString({ env, cwd })).toThrow(
    /give different connection strings. Keep one of them.$/,
  );
});

test("without one, the error says where it is looked for", () => {
  expect(() => findConnectionString({ env: {}, cwd: "." })).toThrow(
    /^No service connection string. Set IOTHUB_CONNECTION_STRING .*--login @file/,
  );
});

test("a file that cannot be read is named with the reason", () => {
  const cwd = folder();
  const find = (login: string) => () => findConnectionString({ login, env: {}, cwd });
  expect(find("@none")).toThrow(`named by --login, "${cwd}/none" cannot be used: it does not exist.`);
  expect(find("@.")).toThrow("it is a folder");
});

test("a CA file must be there and hold a certificate", () => {
  const cwd = folder({ "ca.pem": "not a certificate" });
  const create = (caFile: string) => () =>
    createServiceClient({
      connectionString: "HostName=h.net;SharedAccessKeyName=service;SharedAccessKey=AAAA",
      origin: "test",
      caFile: join(cwd, caFile),
    });
  expect(create("none")).toThrow("it does not exist");
  expect(create("ca.pem")).toThrow("it holds no PEM certificate");
});
