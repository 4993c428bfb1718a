import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { daemon } from "../daemon/daemons.ts";
import { startCruel } from "./scene.ts";

const cleanUp = cleanUpAfterEach();

/** How often others are called while the hub is told too much. */
const CALLS = 20;

it("who tells the hub without end takes no time from others, and goes on", async () => {
  const program = daemon(
    `if (message.type !== "call") return;
     reply(message, "on it");
     const line = JSON.stringify({ type: "telemetry", id: "x", body: "x".repeat(200) }) + "\\n";
     const more = () => { while (process.stdout.write(line)); process.stdout.once("drain", more); };
     more();`,
  );
  const scene = await startCruel(cleanUp, {
    "eager.mjs": `export default { isolate: "process", methods: { eager: (_, { telemetry }) => {
          void (async () => { for (;;) await Promise.allSettled(Array.from({ length: 500 }, (_, i) => telemetry.send({ i }))); })();
        } } };`,
    "wrong.mjs": `export default { isolate: "thread", methods: { wrong: (_, { telemetry }) => {
          void (async () => { for (;;) await telemetry.send(1, { priority: "highest" }).catch(() => {}); })();
        } } };`,
    "talker.plugin.yaml": `command: [node, talker.cjs]\nmode: daemon\nmethods: { talker: {} }`,
    "talker.cjs": program,
  });
  for (const method of ["eager", "wrong", "talker"])
    expect(await scene.call(method), method).toMatchObject({ status: 200 });
  await scene.pinging(async () => {
    for (let i = 0; i < CALLS; i += 1) expect((await scene.call("good")).payload).toBe("here");
  });
  expect(await scene.metrics()).not.toMatch(/hubhand_plugin_restarts_total\{[^}]*\} [1-9]/);
});
