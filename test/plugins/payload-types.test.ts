import Type from "typebox";
import { expectTypeOf, it } from "vitest";
import { defineMethod, definePlugin, type PayloadOf } from "../../src/index.ts";

// What is tested here is tested by `npm run types`: running it only shows that nothing is needed at run time.

it("the payload has the type of a schema that is written out", () => {
  definePlugin({
    methods: {
      "relay.set": {
        schema: {
          type: "object",
          required: ["on", "mode"],
          additionalProperties: false,
          properties: {
            on: { type: "boolean" },
            mode: { enum: ["slow", "fast"] },
            times: { type: "array", items: { type: "integer", minimum: 0 } },
            note: { type: ["string", "null"] },
            level: { anyOf: [{ type: "number" }, { const: "max" }] },
          },
        },
        timeout: "5s",
        handler(payload, { log }) {
          expectTypeOf(payload).toEqualTypeOf<{
            on: boolean;
            mode: "slow" | "fast";
            times?: number[];
            note?: string | null;
            level?: number | "max";
          }>();
          log.info(payload.mode);
        },
      },
      other: {
        schema: { type: "string" },
        handler: (payload) => expectTypeOf(payload).toEqualTypeOf<string>(),
      },
      free: { handler: (payload) => expectTypeOf(payload).toBeAny() },
      short: (payload: { a: number }) => payload.a,
    },
  });
});

it("so has the payload of a message", () => {
  definePlugin({
    messages: {
      "relay.set": {
        schema: { type: "object", required: ["on"], properties: { on: { type: "boolean" } } },
        handler(payload, { message, attempt }) {
          expectTypeOf(payload).toEqualTypeOf<{ on: boolean }>();
          expectTypeOf(message.properties).toEqualTypeOf<Readonly<Record<string, string>>>();
          expectTypeOf(attempt).toEqualTypeOf<number>();
        },
      },
      "*": (payload) => expectTypeOf(payload).toBeAny(),
    },
  });
});

it("the payload has the type of a schema that TypeBox made", () => {
  definePlugin({
    methods: {
      "relay.set": {
        schema: Type.Object({
          on: Type.Boolean(),
          pin: Type.Optional(Type.Integer({ minimum: 0 })),
          tags: Type.Array(Type.String()),
          mode: Type.Union([Type.Literal("slow"), Type.Literal("fast")]),
        }),
        handler: (payload) => {
          expectTypeOf(payload.on).toEqualTypeOf<boolean>();
          expectTypeOf(payload.pin).toEqualTypeOf<number | undefined>();
          expectTypeOf(payload.tags).toEqualTypeOf<string[]>();
          expectTypeOf(payload.mode).toEqualTypeOf<"slow" | "fast">();
          // @ts-expect-error: there is no such property
          return payload.of;
        },
      },
    },
  });
});

it("where Settings is given, a method is typed by defineMethod, or by its handler", () => {
  definePlugin<{ pin: number }>({
    methods: {
      typed: defineMethod({
        schema: { type: "object", required: ["on"], properties: { on: { type: "boolean" } } },
        handler: (payload) => expectTypeOf(payload).toEqualTypeOf<{ on: boolean }>(),
      }),
      stated: (payload: { on: boolean }, { settings }) =>
        expectTypeOf(settings.pin).toBeNumber() && payload.on,
    },
  });
});

it("what cannot be told is any", () => {
  expectTypeOf<PayloadOf<{ $ref: "#/x" }>>().toBeAny();
  expectTypeOf<PayloadOf<true>>().toBeAny();
  expectTypeOf<PayloadOf<undefined>>().toBeAny();
  expectTypeOf<PayloadOf<{ type: "object" }>["any"]>().toBeAny();
});

it("TypeBox may make every schema of a plugin", () => {
  definePlugin({
    settings: Type.Object({ pin: Type.Integer({ default: 17 }) }),
    methods: {
      get: {
        schema: Type.Null(),
        replySchema: Type.Object({ on: Type.Boolean() }),
        handler: (payload) => expectTypeOf(payload).toEqualTypeOf<null>(),
      },
    },
  });
});
