import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { createLogBook } from "../../support/agent/log-lines.ts";

describe("JSON, for log collectors", () => {
  it("one object a line: level by name, time in ISO 8601, the message", async () => {
    const { logger, text } = await createLogBook();
    logger.info({ degrees: 21 }, "measured");
    expect(text()).toMatch(
      /^\{"level":"info","time":"\d{4}-\d\d-\d\dT[\d:.]+Z","degrees":21,"msg":"measured"\}\n$/,
    );
  });

  it.each(["trace", "debug", "info", "warn", "error", "fatal"] as const)("%s is called so", async (level) => {
    const { logger, lines } = await createLogBook();
    logger[level]("x");
    expect(lines()[0]?.level).toBe(level);
  });

  it("what is below the level is not written", async () => {
    const { logger, lines } = await createLogBook({ level: "warn" });
    logger.info("no");
    logger.child({ plugin: "a" }).debug("no");
    logger.warn("yes");
    expect(lines().map(({ msg }) => msg)).toEqual(["yes"]);
  });

  it("an error has its type, message and stack; a cause is told", async () => {
    const { logger, lines } = await createLogBook();
    logger.error({ err: new TypeError("outer", { cause: new Error("inner") }) }, "failed");
    expect(lines()[0]).toMatchObject({
      err: {
        type: "TypeError",
        message: "outer: inner",
        stack: expect.stringContaining("log-lines.test.ts"),
      },
    });
  });

  it.each<[string, unknown]>([
    ["a text", "just a text"],
    ["undefined", undefined],
    ["an error whose message throws", hostile("message")],
    ["an error whose property throws", hostile("boom")],
    [
      "a proxy that refuses",
      new Proxy(
        {},
        {
          getPrototypeOf: () => {
            throw new Error("no");
          },
        },
      ),
    ],
  ])("what plugins throw can be logged: %s", async (_, thrown) => {
    const { logger, lines } = await createLogBook();
    logger.error({ err: thrown }, "failed");
    expect(lines()).toMatchObject([{ level: "error", msg: "failed" }]);
  });

  it("what JSON leaves of control characters and directions is escaped, and the line no longer than another", async () => {
    const { logger, text, lines } = await createLogBook();
    logger.info({ method: "a\u009b31m" }, "\u202eb\u001b[31m");
    expect(text()).toMatch(/"a\\u009b31m".*"\\u202eb\\u001b\[31m"/);
    logger.info("\u009b".repeat(20_000));
    expect(text()).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    expect(lines()).toMatchObject([{ method: "a\u009b31m", msg: "\u202eb\u001b[31m" }, { shortened: true }]);
    expect(
      Math.max(
        ...text()
          .split("\n")
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(32 * 1024);
  });

  it("a line break in a message does not make two lines", async () => {
    const { logger, text } = await createLogBook();
    logger.info('one\n{"level":"fatal"}');
    expect(text().trimEnd().split("\n")).toHaveLength(1);
  });
});

describe("for people", () => {
  const MODULE = JSON.stringify(new URL("../../../src/observe/log/logger.ts", import.meta.url).href);

  it("a line is readable, its details below", async () => {
    let text = "";
    const { logger } = await createLogBook({
      format: "pretty",
      destination: { write: (line) => (text += line) },
    });
    logger.info({ degrees: 21 }, "measured");
    expect(text).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: measured\n {4}degrees: 21\n$/);
  });

  it("a message can neither steer the terminal nor look like a line of another", async () => {
    let text = "";
    const destination = { write: (line: string) => (text += line) };
    const { logger } = await createLogBook({ format: "pretty", destination });
    logger
      .child({ method: "a\u009b31m" })
      .warn(
        { "\u001b[2Jkey\n[08]": { "\u001b[2J": "\u001b[2J" }, err: new Error("\u001b[2J\n[08]") },
        "\u001b[31m\u009b2J\u202e\r[08:00:00.000] INFO: forged\n[08]",
      );
    expect(text).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    expect(text.match(/^\[/gm)).toHaveLength(1);
  });

  it("auto: on a terminal", async () => {
    let text = "";
    const destination = { isTTY: true, write: (line: string) => (text += line) };
    const { logger } = await createLogBook({ format: "auto", destination });
    logger.info("measured");
    expect(stripVTControlCharacters(text)).toContain("INFO: measured\n");
  });

  it("auto: JSON elsewhere", async () => {
    const { logger, lines } = await createLogBook({ format: "auto" });
    logger.info("measured");
    expect(lines()[0]?.msg).toBe("measured");
  });

  it.each(["pretty", "json"])("the last words of a process that exits are not lost (%s)", (format) => {
    const script = `
      const { createLogger, flushLog } = await import(${MODULE});
      const logger = await createLogger({ level: "info", format: "${format}" });
      for (let n = 1; n <= 1000; n += 1) logger.info("line " + n);
      await flushLog(logger);
      process.exit(0);`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(stdout.match(/line \d+/g)).toHaveLength(1_000);
    expect(stdout).toContain("line 1000");
  });

  it("a reader that goes away does not end the process", async () => {
    const script = `
      const { createLogger, flushLog } = await import(${MODULE});
      const logger = await createLogger({ level: "info", format: "json" });
      logger.info("ready");
      process.stdin.once("data", () => {
        for (let n = 1; n <= 1000; n += 1) logger.info("nobody reads this");
        setTimeout(() => flushLog(logger).then(() => process.exit(7)), 100);
      });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.stdout.destroy();
    child.stdin.write("go\n");
    expect(await once(child, "exit")).toEqual([7, null]);
  });
});

function hostile(property: string): Error {
  return Object.defineProperty(new Error("x"), property, {
    enumerable: true,
    get() {
      throw new Error("got you");
    },
  });
}
