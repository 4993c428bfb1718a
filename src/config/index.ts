export type { PluginSettings } from "./collections.ts";
export type { Environment } from "./environment.ts";
export { addConfigFlags, type ConfigFlag, configFlags, readConfigFlags } from "./flags.ts";
export { type LoadConfigOptions, type LoadedConfig, loadConfig } from "./load.ts";
export type { Config } from "./schema.ts";
