import { describe, expect, it } from "vitest";
import { createLogRing } from "../../../src/observe/log/log-ring.ts";
import { createLogTails } from "../../../src/observe/status-page/log-tails.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";

async function tails(bytes = 64 * 1024) {
  const ring = createLogRing({ bytes, redact: (text) => text.replaceAll("hunter22", "[secret]") });
  const { logger } = await createLogBook({ ring });
  const { of } = createLogTails(ring);
  const pluginOf = (method: string) => (method === "relay.set" ? "relay" : undefined);
  const texts = (plugin: string, plugins = [plugin]) =>
    of(plugins, pluginOf)
      .get(plugin)
      ?.map(({ text }) => text);
  return { logger, texts, of: (plugin: string) => of([plugin], pluginOf).get(plugin) };
}

describe("the log of a plugin", () => {
  it("is what it said, in its calls and tasks too, and what was said of it", async () => {
    const { logger, texts } = await tails();
    logger.info("of nobody");
    logger.info({ plugin: "relay" }, "of the plugin");
    logger.info({ method: "relay.set", requestId: "1" }, "of its call");
    logger.info({ task: "relay/check" }, "of its task");
    logger.info({ plugin: "meter" }, "of another");
    logger.info({ method: "meter.read" }, "of another's call");
    expect(texts("relay")).toEqual(["of the plugin", "of its call", "of its task"]);
  });

  it("has time, level and text of each line, shortened, without secrets", async () => {
    const { logger, of } = await tails();
    logger.warn({ plugin: "relay" }, `hunter22 ${"x".repeat(600)}`);
    const [line] = of("relay") ?? [];
    expect(line).toMatchObject({ at: expect.stringMatching(/Z$/), level: "warn" });
    expect(line?.text).toMatch(/^\[secret\] x+$/);
    expect(line?.text).toHaveLength(500);
  });

  it("leaves out that each call came and was answered", async () => {
    const { logger, texts } = await tails();
    logger.info({ plugin: "relay", event: "call.answered" }, "answered");
    logger.warn({ plugin: "relay", event: "call.failed" }, "answered with an error");
    expect(texts("relay")).toEqual(["answered with an error"]);
  });

  it("is the latest twenty lines, also of those that came while nobody looked and are forgotten since", async () => {
    const { logger, texts } = await tails(2_000);
    for (let number = 0; number < 5; number += 1) logger.info({ plugin: "relay" }, `line ${number}`);
    expect(texts("relay")).toHaveLength(5);
    for (let number = 5; number < 300; number += 1) logger.info({ plugin: "relay" }, `line ${number}`);
    expect(texts("relay")).toHaveLength(20);
    expect(texts("relay")?.at(-1)).toBe("line 299");
    logger.info({ plugin: "relay" }, "one more");
    expect(texts("relay")).toHaveLength(20);
    expect(texts("relay")?.at(-1)).toBe("one more");
  });

  it("is forgotten with its plugin", async () => {
    const { logger, texts } = await tails();
    logger.info({ plugin: "relay" }, "here");
    expect(texts("relay")).toEqual(["here"]);
    expect(texts("relay", ["meter"])).toBeUndefined();
    expect(texts("relay")).toBeUndefined();
  });
});
