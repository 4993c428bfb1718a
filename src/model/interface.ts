import { CONTEXT, type Content, described, type Interface, isName, LIMITS, type Named } from "./dtdl.ts";
import { isPart, resolve } from "./json-schema.ts";
import { namedBy, type SayOptions, say } from "./schema.ts";
import { Unsayable } from "./unsayable.ts";

export interface InterfaceOptions {
  readonly id: string;
  readonly displayName: string;
  readonly description: string | undefined;
}

/** An interface that is being written, and what it cannot say. */
export interface InterfaceWriter {
  /** Adds it, or tells why not; `what` names it for people. */
  add(what: string, name: string, make: () => Content): void;
  /** Adds each property of a JSON Schema of an object. */
  addEach(what: string, schema: unknown, options: SayOptions, make: (named: Named) => Content): void;
  /** What this JSON Schema says, with its name. @throws Unsayable */
  named(what: string, name: string, schema: unknown, options: SayOptions): Named;
  /** Tells of something that is left out. */
  leaveOut(what: string, why: string): void;
  /** What was left out so far, and why. */
  readonly notes: readonly string[];
  finish(): Interface;
}

export function interfaceWriter({ id, displayName, description }: InterfaceOptions): InterfaceWriter {
  const contents = new Map<string, Content>();
  const missing: string[] = [];
  const notes: string[] = [];

  function leaveOut(what: string, why: string): void {
    missing.push(what);
    notes.push(`${what} is left out: ${why}`);
  }

  function add(what: string, name: string, make: () => Content): void {
    try {
      if (!isName(name)) throw new Unsayable("DTDL has no such names");
      if (contents.has(name)) throw new Unsayable(`there is another "${name}"; rename one of them`);
      if (contents.size >= LIMITS.contents)
        throw new Unsayable(`an interface of DTDL has ${LIMITS.contents} contents at most`);
      contents.set(name, make());
    } catch (error) {
      if (!(error instanceof Unsayable)) throw error;
      leaveOut(what, error.message);
    }
  }

  function named(what: string, name: string, schema: unknown, options: SayOptions): Named {
    const { schema: said, leftOut, remarks } = say(schema, options);
    notes.push(...leftOut.map((text) => `of ${what} is left out ${text}`));
    const comment = [...remarks, ...leftOut.map((text) => `left out: ${text}`)].join("; ");
    return { name, schema: said, ...namedBy(schema), ...described({ comment }) };
  }

  return {
    add,
    named,
    leaveOut,
    notes,
    addEach(what, schema, options, make) {
      if (schema === undefined) return;
      const properties = propertiesOf(schema);
      if (properties === undefined) return leaveOut(`${what}s`, "their schema names none");
      for (const [name, part] of Object.entries(properties)) {
        const label = `${what} "${name}"`;
        add(label, name, () => make(named(label, name, part, { ...options, root: schema })));
      }
    },
    finish() {
      const comment = missing.length === 0 ? undefined : `Left out: ${missing.join(", ")}`;
      const texts = described({ displayName, description, comment });
      const head = { "@context": CONTEXT, "@id": id, "@type": "Interface" } as const;
      return { ...head, ...texts, contents: [...contents.values()] };
    },
  };
}

function propertiesOf(schema: unknown) {
  try {
    const { properties } = resolve(schema, schema, new Set()).part;
    return isPart(properties) ? properties : undefined;
  } catch (error) {
    if (error instanceof Unsayable) return undefined;
    throw error;
  }
}
