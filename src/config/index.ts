export type { Environment } from "./environment.ts";
export { addConfigFlags, configFlags, readConfigFlags } from "./flags.ts";
export { type LoadConfigOptions, type LoadedConfig, loadConfig } from "./load.ts";
export { secretValues } from "./secrets.ts";
