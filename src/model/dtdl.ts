/** DTDL version 2 (Azure/opendigitaltwins-dtdl, "Digital Twins Definition Language"), as far as a device has a use for it. */

export const CONTEXT = "dtmi:dtdl:context;2";

/** The language's limits. */
export const LIMITS = {
  name: 64,
  displayName: 64,
  description: 512,
  comment: 512,
  /** Complex schemas inside one another, the outermost counted. */
  depth: 5,
  fields: 30,
  enumValues: 100,
  contents: 300,
} as const;

export type Primitive =
  | "boolean"
  | "date"
  | "dateTime"
  | "double"
  | "duration"
  | "integer"
  | "long"
  | "string"
  | "time";

/** What most elements may have. */
export interface Described {
  readonly displayName?: string;
  readonly description?: string;
  readonly comment?: string;
}

export interface Named extends Described {
  readonly name: string;
  readonly schema: Schema;
}

export interface EnumSchema {
  readonly "@type": "Enum";
  readonly valueSchema: "string" | "integer";
  readonly enumValues: readonly (Described & {
    readonly name: string;
    readonly enumValue: string | number;
  })[];
}

export type Schema =
  | Primitive
  | EnumSchema
  | { readonly "@type": "Object"; readonly fields: readonly Named[] }
  | {
      readonly "@type": "Map";
      readonly mapKey: { readonly name: string; readonly schema: "string" };
      readonly mapValue: Named;
    }
  | { readonly "@type": "Array"; readonly elementSchema: Schema };

export type Content =
  | (Named & { readonly "@type": "Property"; readonly writable?: boolean })
  | (Named & { readonly "@type": "Telemetry" })
  | (Described & {
      readonly "@type": "Command";
      readonly name: string;
      readonly request?: Named;
      readonly response?: Named;
    })
  | (Described & { readonly "@type": "Component"; readonly name: string; readonly schema: string });

export interface Interface extends Described {
  readonly "@context": typeof CONTEXT;
  readonly "@id": string;
  readonly "@type": "Interface";
  readonly contents: readonly Content[];
}

const NAME = /^[A-Za-z](?:[A-Za-z0-9_]*[A-Za-z0-9])?$/;

export const isName = (name: string): boolean => name.length <= LIMITS.name && NAME.test(name);

/** What is to be told of an element: what is empty is left out, what is too long is cut, which it shows. */
export function described(texts: { readonly [K in keyof Described]?: string | undefined }): Described {
  const { displayName, description, comment } = texts;
  return {
    ...text("displayName", displayName),
    ...text("description", description),
    ...text("comment", comment),
  };
}

function text(key: keyof Described, value = ""): Described {
  return value.trim() === "" ? {} : { [key]: cut(value, LIMITS[key]) };
}

function cut(text: string, most: number): string {
  const whole = text.toWellFormed();
  return whole.length > most ? `${whole.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…` : whole;
}
