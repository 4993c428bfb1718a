import { systemClock } from "../clock.ts";
import { HubhandError } from "../errors.ts";
import { modelNameOf } from "../rules/model-name.ts";
import { createLimiter, type Limiter } from "./limiter.ts";
import type { Method } from "./method.ts";
import { createSchemaCompiler, createValidator, type Validate } from "./validation.ts";

/** A method with what its calls need, made once. */
export interface RegisteredMethod extends Method {
  readonly validate: Validate;
  readonly limiter: Limiter;
  /** Of its series. */
  readonly labels: { readonly method: string };
}

export interface MethodRegistry {
  /**
   * Adds the methods of a plugin, all or none; calls see them from the next one on.
   * @throws HubhandError PLUGIN_INVALID for a name that is taken, or a schema that is none
   */
  add(methods: readonly Method[]): void;
  /** The same in one step with the removal of what `plugin` added: no call finds neither. Throws as `add`. */
  replace(plugin: string, methods: readonly Method[]): void;
  /** Takes away what a plugin added; calls under way end undisturbed. */
  remove(plugin: string): void;
  /**
   * By its name, or as a command of a Plug and Play component: `component*command`, both as models write names
   * (learn.microsoft.com, "IoT Plug and Play conventions"); the component is the plugin.
   */
  get(name: string): RegisteredMethod | undefined;
  /** By its own name. */
  has(name: string): boolean;
  /** Sorted by name. */
  list(): readonly Method[];
}

/** The plugin that hubhand itself is. */
const OWN = "hubhand";

/** Makes what validates when it is first needed. */
function whenAsked(make: () => Validate): Validate {
  let made: Validate | undefined;
  return (value) => {
    made ??= make();
    return made(value);
  };
}

/** Which methods there are; may change while calls run. */
export function createMethodRegistry({ clock = systemClock } = {}): MethodRegistry {
  const methods = new Map<string, RegisteredMethod>();
  const compile = createSchemaCompiler();
  /** Until they change: each call of a method that there is not is told them all. */
  let sorted: readonly Method[] | undefined;

  function register(method: Method): RegisteredMethod {
    const { name, plugin, schema, replySchema } = method;
    const validator = () =>
      schema === undefined
        ? () => undefined
        : createValidator(compile(schema, `the schema of method "${name}"`), clock);
    const rest = { ...method, limiter: createLimiter(method), labels: { method: name } };
    // Of our own methods most are never called; compiling their schemas was a fifth of the start.
    if (plugin === OWN) return { ...rest, validate: whenAsked(validator) };
    const validate = validator();
    // The reply's is never run, but callers are told it: it must be one.
    if (replySchema !== undefined) compile(replySchema, `the reply schema of method "${name}"`);
    return { ...rest, validate };
  }

  /** @param leaving the plugin whose names are free, as it goes */
  function prepare(added: readonly Method[], leaving?: string): Map<string, RegisteredMethod> {
    const batch = new Map<string, RegisteredMethod>();
    for (const method of added) {
      const { name } = method;
      const there = methods.get(name);
      const taken = batch.get(name) ?? (there?.plugin === leaving ? undefined : there);
      if (taken !== undefined) {
        const message = `method "${name}" is declared twice; plugin "${taken.plugin}" has it already`;
        throw new HubhandError("PLUGIN_INVALID", message);
      }
      batch.set(name, register(method));
    }
    return batch;
  }

  function enter(batch: Map<string, RegisteredMethod>): void {
    for (const [name, method] of batch) methods.set(name, method);
    sorted = undefined;
  }

  function remove(plugin: string): void {
    for (const [name, method] of methods) if (method.plugin === plugin) methods.delete(name);
    sorted = undefined;
  }

  function command(name: string): RegisteredMethod | undefined {
    const star = name.indexOf("*");
    if (star === -1) return undefined;
    const [component, wanted] = [name.slice(0, star), name.slice(star + 1)];
    const offered = [...methods.values()].filter(({ plugin }) => modelNameOf(plugin) === component);
    return (
      offered.find((one) => one.name === wanted) ?? offered.find((one) => modelNameOf(one.name) === wanted)
    );
  }

  return {
    add: (added) => enter(prepare(added)),
    replace(plugin, added) {
      const batch = prepare(added, plugin);
      remove(plugin);
      enter(batch);
    },
    remove,
    get: (name) => methods.get(name) ?? command(name),
    has: (name) => methods.has(name),
    list() {
      sorted ??= [...methods.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      return sorted;
    },
  };
}
