/** What a plugin imports: `import { definePlugin } from "hubhand"`. */
export {
  type CallContext,
  type Duration,
  defineMethod,
  definePlugin,
  type JobRun,
  type JobWork,
  type JsonSchema,
  type MethodDefinition,
  type MethodHandler,
  type MethodOf,
  type PluginContext,
  type PluginDefinition,
  type PluginOf,
  type Size,
  type TaskContext,
  type TaskDefinition,
  type TaskTelemetry,
  type Telemetry,
  type TelemetryOptions,
} from "./plugins/define-plugin.ts";
export type { PayloadOf } from "./plugins/payload-type.ts";
