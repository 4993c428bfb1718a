import type { Method } from "../methods/method.ts";
import type { Task } from "../schedule/task.ts";

/** `module` is a file or folder of JavaScript or TypeScript; `built-in` is hubhand's own. */
export type PluginKind = "module" | "built-in";

/** A plugin, checked and ready to start: what every kind of plugin is turned into. */
export interface Plugin {
  readonly name: string;
  readonly kind: PluginKind;
  readonly version: string | undefined;
  readonly description: string | undefined;
  readonly methods: readonly Method[];
  readonly tasks: readonly Task[];
  /** Resolves when calls may come. */
  start(): Promise<void>;
  stop(): Promise<void>;
}
