import type { JsonSchema } from "../methods/method.ts";

/**
 * What a payload is that fits a schema: of a schema written out (`{ type: "string" }`) or made by TypeBox, which makes
 * the same data. Keywords that say nothing of the type (`minimum`, `pattern`) are passed over; what cannot be told is
 * `any`, as without a schema.
 */
export type PayloadOf<Schema> =
  // A schema of which nothing is known but that it is one.
  JsonSchema extends Schema
    ? Any
    : Schema extends { readonly const: infer Value }
      ? Value
      : Schema extends { readonly enum: readonly (infer Value)[] }
        ? Value
        : Schema extends { readonly anyOf: readonly (infer One)[] }
          ? PayloadOf<One>
          : Schema extends { readonly oneOf: readonly (infer One)[] }
            ? PayloadOf<One>
            : Schema extends { readonly type: infer Type }
              ? OfType<Type extends readonly (infer One)[] ? One : Type, Schema>
              : Any;

// biome-ignore lint/suspicious/noExplicitAny: a handler may take what it is sure of.
type Any = any;

type OfType<Type, Schema> = Type extends "string"
  ? string
  : Type extends "number" | "integer"
    ? number
    : Type extends "boolean"
      ? boolean
      : Type extends "null"
        ? null
        : Type extends "array"
          ? Schema extends { readonly items: infer Items }
            ? PayloadOf<Items>[]
            : Any[]
          : Type extends "object"
            ? ObjectOf<Schema>
            : Any;

type ObjectOf<Schema> = Schema extends { readonly properties: infer Properties }
  ? Schema extends { readonly required: readonly (infer Required)[] }
    ? Flat<
        {
          -readonly [Key in keyof Properties as Key extends Required ? Key : never]: PayloadOf<
            Properties[Key]
          >;
        } & {
          -readonly [Key in keyof Properties as Key extends Required ? never : Key]?: PayloadOf<
            Properties[Key]
          >;
        }
      >
    : { -readonly [Key in keyof Properties]?: PayloadOf<Properties[Key]> }
  : Record<string, Any>;

type Flat<T> = { [Key in keyof T]: T[Key] };
