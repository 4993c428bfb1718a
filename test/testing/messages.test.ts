import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { definePlugin } from "../../src/index.ts";
import { startTestAgent, testPlugin } from "../../src/testing/index.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

it("a test gives messages to a plugin, and is told what comes of each", async () => {
  const tested = await testPlugin(
    definePlugin({
      messages: {
        valve: {
          schema: { type: "object", required: ["open"], properties: { open: { type: "boolean" } } },
          timeout: "20ms",
          async handler({ open }, { message, log }) {
            const isOpen: boolean = open;
            if (!isOpen) throw new Error("stuck");
            log.info({ messageId: message.messageId, room: message.properties.room }, "opened");
          },
        },
        slow: { timeout: "10ms", handler: () => new Promise(() => {}) },
      },
    }),
  );
  cleanUp.add(() => tested.stop());
  expect(
    await tested.message("valve", { open: true }, { messageId: "m", properties: { room: "hall" } }),
  ).toBe("ok");
  expect(tested.log().at(-1)).toMatchObject({ msg: "opened", messageId: "m", room: "hall" });
  expect(await tested.message("valve", { open: false })).toBe("failed");
  expect(await tested.message("valve", "text")).toBe("invalid");
  expect(await tested.message("slow", null)).toBe("timed_out");
  expect(await tested.message("pump", {})).toBeUndefined();
});

it("a test of a whole agent sends messages as a back end does", async () => {
  const plugins = await cleanUp.folder();
  await writeFile(
    path.join(plugins, "taker.mjs"),
    'export default { isolate: false, messages: { "*": (payload, { telemetry }) => telemetry.send(payload) } };',
  );
  const agent = await startTestAgent({ plugins });
  cleanUp.add(() => agent.stop());
  await agent.sendMessage({ a: 1 });
  expect((await agent.telemetry())[0]?.body).toEqual({ a: 1 });
});
