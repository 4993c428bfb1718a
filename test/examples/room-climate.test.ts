import path from "node:path";
import { expect, it } from "vitest";
import { type TestedPlugin, testPlugin } from "../../src/testing/index.ts";
import { writeFiles } from "../plugins/load.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();
const PLUGIN = path.join(import.meta.dirname, "../../examples/plugins/room-climate");

/** A machine with a BME280, as the kernel shows it, and one more device that measures light. */
async function openRoom(milliDegrees = "21460"): Promise<{
  readonly plugin: TestedPlugin;
  becomes(milliDegrees: string): Promise<void>;
}> {
  const root = await cleanUp.folder();
  const becomes = (temperature: string): Promise<void> =>
    writeFiles(path.join(root, "sys/bus/iio/devices"), {
      "iio:device0/in_illuminance_input": "300\n",
      "iio:device1/in_temp_input": `${temperature}\n`,
      "iio:device1/in_humidityrelative_input": "48230\n",
      "iio:device1/in_pressure_input": "101.325000\n",
    });
  await becomes(milliDegrees);
  const plugin = await testPlugin(PLUGIN, { settings: { root, room: "cellar" } });
  cleanUp.add(() => plugin.stop());
  return { plugin, becomes };
}

it("tells the hub what it measures", async () => {
  const { plugin } = await openRoom();
  const climate = { celsius: 21.5, humidityPercent: 48.2, hectopascal: 1013.3 };
  expect((await plugin.call("climate.read")).payload).toEqual(climate);
  expect(await plugin.runTask("measure")).toBe("ok");
  expect(plugin.sent()).toMatchObject([{ body: { room: "cellar", ...climate }, stream: "climate" }]);
});

it("tells once, and first of all, that the room has become too warm", async () => {
  const { plugin, becomes } = await openRoom("29000");
  for (const temperature of ["29000", "31000", "32000"]) {
    await becomes(temperature);
    expect(await plugin.runTask("measure")).toBe("ok");
  }
  expect(plugin.sent().filter(({ priority }) => priority === "high")).toMatchObject([
    { body: { room: "cellar", alarm: "too warm", celsius: 31 }, properties: { alarm: "true" } },
  ]);
  expect(plugin.sent()).toHaveLength(4);
});

it("says that there is no sensor, and tells the hub nothing then", async () => {
  const root = await cleanUp.folder();
  const plugin = await testPlugin(PLUGIN, { settings: { root } });
  cleanUp.add(() => plugin.stop());
  expect((await plugin.call("climate.read")).payload.error.message).toContain(
    "this machine has no climate sensor in",
  );
  expect(await plugin.runTask("measure")).toBe("failed");
  expect(plugin.sent()).toEqual([]);
});
