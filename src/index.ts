/** What a plugin imports: `import { definePlugin } from "hubhand"`. */
export {
  type CallContext,
  type Duration,
  definePlugin,
  type JsonSchema,
  type MethodDefinition,
  type MethodHandler,
  type PluginContext,
  type PluginDefinition,
  type Size,
  type TaskContext,
  type TaskDefinition,
} from "./plugins/define-plugin.ts";
