import { describe, expect, it } from "vitest";
import { restoreDefinition } from "../../../../src/plugins/hosts/worker/definition-data.ts";
import { describeDefinition } from "../../../../src/plugins/hosts/worker/inside/describe-definition.ts";

/** To the agent and back into something that can be checked. */
const cross = (definition: unknown): unknown =>
  restoreDefinition(structuredClone(describeDefinition(definition)));

describe("a definition that crosses from a plugin's thread", () => {
  it("keeps its data, and has functions where it had some", () => {
    const definition = {
      name: "valve",
      version: undefined,
      settings: { type: "object", properties: { pins: { enum: [1, 2, null] } } },
      methods: { open: () => 1, close: { timeout: "5s", handler: async () => 2 } },
    };
    expect(cross(definition)).toEqual({
      ...definition,
      methods: {
        open: expect.any(Function),
        close: { timeout: "5s", handler: expect.any(Function) },
      },
    });
  });

  it.each([undefined, null, 1, "x", true])("may be no object at all: %s", (value) => {
    expect(cross(value)).toBe(value);
  });

  it("has a function too where none belongs, so that the checker finds it", () => {
    expect(cross({ description: () => 1 })).toEqual({ description: expect.any(Function) });
  });

  it("may not go round in a circle, nor be endless", () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(() => describeDefinition(circle)).toThrow("nested too deep, or in a circle");
    expect(() => describeDefinition(new Array(60_000).fill(0))).toThrow("more than 50000 values");
  });
});
