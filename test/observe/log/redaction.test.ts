import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createLogBook } from "../../support/agent/log-lines.ts";

/** As the portal makes them: 32 or 64 random bytes in base64; this one has every character that gets encoded. */
const KEY = "+/aB9x+/Qm7Zt2vW4yK8pLr3sN6dH1jG5fC0eUoIiXk=";
const HOST = "factory.azure-devices.net";
const CONNECTION_STRING = `HostName=${HOST};DeviceId=pi-1;SharedAccessKey=${KEY}`;
const TOKEN = `SharedAccessSignature sr=${HOST}%2Fdevices%2Fpi-1&sig=${encodeURIComponent(KEY)}&se=1893456000`;

const book = () => createLogBook({ secrets: [CONNECTION_STRING, KEY] });

/** What must not be found: the key, as it is and as it travels. */
const TRACES = [KEY, KEY.replace("=", ""), encodeURIComponent(KEY), encodeURIComponent(KEY.replace("=", ""))];

describe("a secret that the configuration holds is in no line, whatever way it takes", () => {
  it.each<[string, (logger: Awaited<ReturnType<typeof book>>["logger"]) => void]>([
    ["in a message", (logger) => logger.info(`connecting with ${CONNECTION_STRING}`)],
    ["in a field", (logger) => logger.info({ key: KEY })],
    [
      "in an object in a list in an object",
      (logger) => logger.info({ a: [{ b: { connectionString: CONNECTION_STRING } }] }),
    ],
    ["as the key of an object", (logger) => logger.info({ [KEY]: 1, deep: { [CONNECTION_STRING]: 1 } })],
    [
      "in an error's message and stack",
      (logger) => logger.error({ err: new Error(`bad: ${CONNECTION_STRING}`) }),
    ],
    ["in an error's cause", (logger) => logger.error({ err: new Error("bad", { cause: new Error(KEY) }) })],
    [
      "in an error's property",
      (logger) => logger.error({ err: Object.assign(new Error("bad"), { options: { key: KEY } }) }),
    ],
    ["in a child's own fields", (logger) => logger.child({ connection: CONNECTION_STRING }).info("x")],
    ["formatted into a message", (logger) => logger.info("with %s and %j", KEY, { key: KEY })],
    [
      "in JSON in a text",
      (logger) => logger.info(JSON.stringify({ cs: JSON.stringify({ CONNECTION_STRING }) })),
    ],
    ["URL-encoded", (logger) => logger.info({ url: `https://x/?k=${encodeURIComponent(KEY)}` })],
    [
      "a connection string, all of it URL-encoded",
      (logger) => logger.info(encodeURIComponent(CONNECTION_STRING)),
    ],
    [
      "split at its =, by a careless parser",
      (logger) => logger.info({ parts: CONNECTION_STRING.split("=") }),
    ],
    [
      "in a payload that a plugin logs",
      (logger) => logger.child({ plugin: "p" }).info({ payload: { wifi: KEY } }, "called"),
    ],
  ])("%s", async (_, write) => {
    const { logger, text, lines } = await book();
    write(logger);
    for (const trace of TRACES) expect(text()).not.toContain(trace);
    expect(text()).toContain("[secret]");
    expect(lines()).toHaveLength(1); // it is JSON still
  });

  it("keys as long as the portal's, a hundred of them", async () => {
    for (let round = 0; round < 100; round += 1) {
      const key = randomBytes(round % 2 === 0 ? 32 : 64).toString("base64");
      const { logger, text } = await createLogBook({ secrets: [key] });
      logger.info({ a: key, b: encodeURIComponent(key), c: key.split("=") }, `key ${key}`);
      expect(text()).not.toContain(key.slice(0, 20));
    }
  });

  it("a connection string goes as a whole, though its key is a secret by itself", async () => {
    const { logger, lines } = await createLogBook({ secrets: [KEY, CONNECTION_STRING] });
    logger.info(`with ${CONNECTION_STRING}!`);
    expect(lines()[0]?.msg).toBe("with [secret]!");
  });

  it("nor is one that became known later: from then on, and at once", async () => {
    const { logger, text, redactor } = await createLogBook();
    redactor.hide(KEY);
    logger.info({ key: KEY }, `renewed: ${encodeURIComponent(KEY)}`);
    for (const trace of TRACES) expect(text()).not.toContain(trace);
  });

  it("readable lines neither", async () => {
    let text = "";
    const { logger } = await createLogBook({
      format: "pretty",
      secrets: [KEY],
      destination: { write: (line) => (text += line) },
    });
    logger.error({ err: new Error(`bad ${KEY}`), key: KEY }, KEY);
    expect(text).not.toContain(KEY);
    expect(text).toContain("[secret]");
  });
});

describe("what looks like a secret of IoT Hub is hidden, told of or not", () => {
  const UNKNOWN = "c2VjcmV0IG9mIGFub3RoZXIgZGV2aWNlIQ==";

  it.each<[string, unknown]>([
    ["a connection string", `HostName=h;DeviceId=d;SharedAccessKey=${UNKNOWN}`],
    ["one with a module", `HostName=h;SharedAccessKey=${UNKNOWN};ModuleId=m`],
    ["one with quotes and blanks", `SharedAccessKey = "${UNKNOWN}"`],
    ["one in small letters", `sharedaccesskey=${UNKNOWN}`],
    ["one URL-encoded", `SharedAccessKey%3D${encodeURIComponent(UNKNOWN)}`],
    ["an object that was parsed from one", { HostName: "h", SharedAccessKey: UNKNOWN }],
    ["the same, as the SDK spells it", { sharedAccessKey: UNKNOWN }],
    ["the same, as JSON in a text", JSON.stringify({ sharedAccessKey: UNKNOWN })],
    ["a token", `SharedAccessSignature sr=h&sig=${encodeURIComponent(UNKNOWN)}&se=1`],
    ["a token with its parts turned", `SharedAccessSignature se=1&sig=${encodeURIComponent(UNKNOWN)}`],
  ])("%s", async (_, value) => {
    const { logger, text, lines } = await createLogBook();
    logger.info({ value });
    expect(text()).not.toContain(UNKNOWN.slice(0, 10));
    expect(text()).toContain("[secret]");
    expect(lines()).toHaveLength(1);
  });

  it("and the rest of the line stands, so that it still helps", async () => {
    const { logger, lines } = await createLogBook();
    logger.info(
      { token: TOKEN, text: CONNECTION_STRING, policy: "SharedAccessKeyName=device", config: "config=8" },
      "x",
    );
    expect(lines()[0]).toMatchObject({
      token: `SharedAccessSignature sr=${HOST}%2Fdevices%2Fpi-1&sig=[secret]&se=1893456000`,
      text: `HostName=${HOST};DeviceId=pi-1;SharedAccessKey=[secret]`,
      policy: "SharedAccessKeyName=device",
      config: "config=8",
    });
  });

  it.each<[string, unknown]>([
    ["a text", "SharedAccessKey="],
    ["a text that ends in a quote", 'SharedAccessKey":'],
    ["a text that ends in a backslash", "sig= \\"],
    ["a key", { "sig=": "x" }],
    ["the last of a list", ["sig="]],
  ])("%s that only looks like the beginning of one leaves the line JSON", async (_, value) => {
    const { logger, text } = await createLogBook();
    logger.info({ value });
    expect(JSON.parse(text())).toMatchObject({ value });
  });

  it("a secret too short to be one hides nothing", async () => {
    const { logger, lines } = await createLogBook({ secrets: ["", "info", "e"] });
    logger.info("here");
    expect(lines()[0]).toMatchObject({ level: "info", msg: "here" });
  });
});
