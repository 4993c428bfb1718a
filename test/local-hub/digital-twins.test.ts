import fc from "fast-check";
import { expect, test } from "vitest";
import { digitalTwinOf } from "../../src/local-hub/digital-twins/digital-twin.ts";
import { desiredPatchOf, overwrite } from "../../src/local-hub/digital-twins/json-patch.ts";
import type { JsonObject, JsonValue, TwinDocument } from "../../src/local-hub/twins/twins.ts";

const AT = "2020-07-17T06:10:31.000Z";
const stamp = (version: number) => ({ $lastUpdated: AT, $lastUpdatedVersion: version });

/** The temperature controller of Microsoft's pages. */
const DESIRED = {
  fanSpeed: 2,
  thermostat1: { __t: "c", targetTemperature: 21.8, humidity: { least: 1, most: 9 } },
};
const REPORTED = {
  serialNumber: "alwinexlepaho8329",
  fanSpeed: { value: 3, ac: 200, av: 1, ad: "done" },
  thermostat1: {
    __t: "c",
    maxTempSinceLastReboot: 25.3,
    targetTemperature: { value: 21.8, ac: 200, av: 4 },
  },
};

function twin(desired: JsonObject, reported: JsonObject): TwinDocument {
  const thermostat1 = { ...stamp(4), targetTemperature: stamp(4), humidity: stamp(3) };
  const desiredMetadata = { ...stamp(4), fanSpeed: stamp(2), thermostat1 };
  const reportedMetadata = {
    $lastUpdated: AT,
    serialNumber: { $lastUpdated: AT },
    fanSpeed: { $lastUpdated: AT },
    thermostat1: {
      $lastUpdated: AT,
      maxTempSinceLastReboot: { $lastUpdated: AT },
      targetTemperature: { $lastUpdated: AT },
    },
  };
  return {
    deviceId: "dev1",
    modelId: "dtmi:com:example:TemperatureController;1",
    properties: {
      desired: { ...desired, $metadata: desiredMetadata, $version: 4 },
      reported: { ...reported, $metadata: reportedMetadata, $version: 11 },
    },
  } as unknown as TwinDocument;
}

test("a digital twin has one value for each property, and how far it is in step in its metadata", () => {
  expect(digitalTwinOf(twin(DESIRED, REPORTED))).toEqual({
    $dtId: "dev1",
    serialNumber: "alwinexlepaho8329",
    fanSpeed: 3,
    thermostat1: {
      maxTempSinceLastReboot: 25.3,
      targetTemperature: 21.8,
      $metadata: {
        maxTempSinceLastReboot: { lastUpdateTime: AT },
        targetTemperature: {
          desiredValue: 21.8,
          desiredVersion: 4,
          ackVersion: 4,
          ackCode: 200,
          lastUpdateTime: AT,
        },
        humidity: { desiredValue: { least: 1, most: 9 }, desiredVersion: 3 },
      },
    },
    $metadata: {
      $model: "dtmi:com:example:TemperatureController;1",
      serialNumber: { lastUpdateTime: AT },
      fanSpeed: {
        desiredValue: 2,
        desiredVersion: 2,
        ackVersion: 1,
        ackCode: 200,
        ackDescription: "done",
        lastUpdateTime: AT,
      },
    },
  });
});

test("a device without a model has no $model; a property named __proto__ is a property", () => {
  const reported = JSON.parse('{"__proto__":{"value":1,"ac":200,"av":1}}') as JsonObject;
  const empty = { desired: {}, reported };
  const shown = digitalTwinOf({
    deviceId: "dev1",
    modelId: "",
    properties: empty,
  } as unknown as TwinDocument);
  expect(Object.keys(shown)).toEqual(["$dtId", "__proto__", "$metadata"]);
  expect(shown.$metadata).not.toHaveProperty("$model");
});

const patched = (...patch: JsonValue[]) => desiredPatchOf(patch, twin(DESIRED, REPORTED).properties);

test.each<[string, JsonValue[], JsonObject]>([
  ["a property of the root", [{ op: "add", path: "/fanSpeed", value: 7 }], { fanSpeed: 7 }],
  [
    "one that was never desired",
    [{ op: "replace", path: "/serialNumber", value: "x" }],
    { serialNumber: "x" },
  ],
  ["one that goes", [{ op: "remove", path: "/fanSpeed" }], { fanSpeed: null }],
  [
    "a property of a component",
    [{ op: "replace", path: "/thermostat1/targetTemperature", value: 20 }],
    { thermostat1: { __t: "c", targetTemperature: 20, humidity: { least: 1, most: 9 } } },
  ],
  [
    "an object, which takes the place of the old one",
    [{ op: "replace", path: "/thermostat1/humidity", value: { most: 5 } }],
    { thermostat1: { __t: "c", targetTemperature: 21.8, humidity: { least: null, most: 5 } } },
  ],
  [
    "a component that is new",
    [{ op: "add", path: "/thermostat2/targetTemperature", value: 20 }],
    { thermostat2: { __t: "c", targetTemperature: 20 } },
  ],
  [
    "a component as a whole",
    [{ op: "add", path: "/thermostat1", value: { targetTemperature: 20, $metadata: {} } }],
    { thermostat1: { __t: "c", targetTemperature: 20, humidity: null } },
  ],
  ["a component that goes", [{ op: "remove", path: "/thermostat1" }], { thermostat1: null }],
  [
    "the last property of a component, with which it goes",
    [
      { op: "remove", path: "/thermostat1/humidity" },
      { op: "remove", path: "/thermostat1/targetTemperature" },
    ],
    { thermostat1: null },
  ],
  [
    "several, each on what the one before made",
    [
      { op: "add", path: "/thermostat2", value: { a: 1, $metadata: {} } },
      { op: "add", path: "/thermostat2/b", value: { c: true } },
      { op: "remove", path: "/thermostat2/a" },
    ],
    { thermostat2: { __t: "c", b: { c: true } } },
  ],
])("a JSON Patch changes what is desired: %s", (_what, patch, desired) => {
  expect(patched(...patch)).toEqual(desired);
});

const at = (path: string, value: JsonValue = 1) => ({ op: "add", path, value });

test.each<[string, string, unknown]>([
  ["a body that is no list", "InvalidDigitalTwinJsonPatch", {}],
  ["an operation that is no object", "InvalidDigitalTwinJsonPatch", ["add"]],
  ["another operation", "InvalidDigitalTwinJsonPatch", [{ op: "move", path: "/a", from: "/b" }]],
  ["no value", "InvalidDigitalTwinJsonPatch", [{ op: "add", path: "/a" }]],
  ["no path", "InvalidDigitalTwinPatchPath", [{ op: "remove" }]],
  ["the root", "InvalidDigitalTwinPatchPath", [at("")]],
  ["a path without slash", "InvalidDigitalTwinPatchPath", [at("fanSpeed")]],
  ["a path of three parts", "InvalidDigitalTwinPatchPath", [at("/a/b/c")]],
  ["the metadata", "InvalidDigitalTwinPatchPath", [at("/$metadata")]],
  ["a name with a bar at its end", "InvalidDigitalTwinPatchPath", [at("/fan_")]],
  ["the mark of a component", "InvalidDigitalTwinPatchPath", [at("/thermostat1/__t", "d")]],
  ["null", "InvalidDigitalTwinPayload", [at("/a", null)]],
  ["a list", "InvalidDigitalTwinPayload", [at("/a", [1])]],
  ["a list inside", "InvalidDigitalTwinPayload", [at("/a", { b: [1] })]],
  ["a name inside", "InvalidDigitalTwinPayload", [at("/a", { "b.c": 1 })]],
  ["six levels", "InvalidDigitalTwinPayload", [at("/a", { a: { a: { a: { a: { a: { a: 1 } } } } } })]],
  ["a component without $metadata", "InvalidDigitalTwinPayload", [at("/thermostat1", { a: 1 })]],
  ["a $metadata that is not empty", "InvalidDigitalTwinPayload", [at("/c", { $metadata: { a: 1 } })]],
  ["a property of what is no component", "ArgumentInvalid", [at("/fanSpeed/a")]],
])("a JSON Patch is refused for %s: %s", (_what, code, patch) => {
  expect(() => desiredPatchOf(patch, twin(DESIRED, REPORTED).properties)).toThrow(
    expect.objectContaining({ code }),
  );
});

test("whatever was there, an overwriting patch leaves exactly the new value", () => {
  const json = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.integer(),
      fc.boolean(),
      fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value")),
    ),
  })).value;
  fc.assert(
    fc.property(json, json, (old, value) => {
      expect(merge(old, overwrite(old, value))).toEqual(value);
    }),
  );
});

/** JSON Merge Patch (RFC 7396), as twins apply it. */
function merge(old: JsonValue, patch: JsonValue): JsonValue {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: JsonObject = typeof old === "object" && old !== null && !Array.isArray(old) ? { ...old } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merge(result[name] ?? null, value);
  }
  return result;
}
