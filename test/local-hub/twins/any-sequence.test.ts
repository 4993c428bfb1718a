import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject, LocalHub } from "../../../src/local-hub/index.ts";
import { startTestHub, temporaryFolder } from "../support/hub.ts";
import { answerOf, listener, report, twin } from "./support/bare-twin.ts";
import { naiveMerge, objects, patches } from "./support/naive-twin.ts";

test("whatever back end and device do, the twin is what a plain model says, to both, and after a restart too", async () => {
  const dataDirectory = await temporaryFolder();
  const { hub } = await startTestHub({ dataDirectory, devices: ["dev1"] });
  const device = await listener(hub);
  const operation = fc.record({
    kind: fc.constantFrom("tags", "desired", "reported", "replace tags", "replace desired"),
    patch: patches,
    values: objects,
  });
  const model: Record<"tags" | "desired" | "reported", JsonObject> = { tags: {}, desired: {}, reported: {} };
  // What the device makes of the pushes alone.
  let followed: JsonObject = {};
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 6 }), async (operations) => {
      for (const { kind, patch, values } of operations) {
        const before = hub.twins.get("dev1").properties.desired.$version;
        if (kind === "tags") {
          await twin(hub, "PATCH", { tags: patch });
          model.tags = naiveMerge(model.tags, patch);
        } else if (kind === "desired") {
          hub.twins.patch("dev1", { properties: { desired: patch } });
          model.desired = naiveMerge(model.desired, patch);
        } else if (kind === "reported") {
          report(device, "$rid=1", JSON.stringify(patch));
          await answerOf(device);
          model.reported = naiveMerge(model.reported, patch);
        } else if (kind === "replace tags") {
          hub.twins.replace("dev1", { tags: values });
          model.tags = values;
        } else {
          await twin(hub, "PUT", { properties: { desired: values } });
          model.desired = values;
        }
        if (hub.twins.get("dev1").properties.desired.$version === before) continue;
        const { $version, ...push } = (await answerOf(device)).body as JsonObject;
        followed = naiveMerge(followed, push);
        expect($version).toBe(hub.twins.get("dev1").properties.desired.$version);
      }
      const { tags = {}, properties } = (await twin(hub, "GET")).json() as unknown as ReturnType<
        LocalHub["twins"]["get"]
      >;
      const { $metadata: desiredMetadata, ...desired } = properties.desired;
      const { $metadata: reportedMetadata, ...reported } = properties.reported;
      expect(tags).toEqual(model.tags);
      expect(desired).toEqual({ ...model.desired, $version: desired.$version });
      expect(followed).toEqual(model.desired);
      device.publish("$iothub/twin/GET/?$rid=2", "");
      expect((await answerOf(device)).body).toEqual({ desired, reported });
      expect(reported).toEqual({ ...model.reported, $version: reported.$version });
      expect(shapeOfMetadata(desiredMetadata as JsonObject)).toEqual(shapeOf(model.desired));
      expect(shapeOfMetadata(reportedMetadata as JsonObject)).toEqual(shapeOf(model.reported));
    }),
    { numRuns: 25 },
  );
  const kept = [...hub.twins.documents("devices")];
  device.destroy();
  await hub.stop();
  const { hub: second } = await startTestHub({ dataDirectory });
  expect([...second.twins.documents("devices")]).toEqual([{ ...kept[0], connectionState: "Disconnected" }]);
  expect(kept[0]?.version).toBeGreaterThan(10);
});

/** The names of a section, one within the other, without its values. */
function shapeOf(values: JsonObject): JsonObject {
  return mapped(values, (value) => (isMap(value) ? shapeOf(value) : {}));
}

function shapeOfMetadata(metadata: JsonObject): JsonObject {
  const names = Object.entries(metadata).filter(([name]) => !name.startsWith("$"));
  return mapped(Object.fromEntries(names), (value) => shapeOfMetadata(value as JsonObject));
}

function mapped(values: JsonObject, change: (value: unknown) => JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

function isMap(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
