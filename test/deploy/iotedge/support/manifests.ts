import { readFileSync } from "node:fs";
import path from "node:path";

const FOLDER = path.resolve(import.meta.dirname, "../../../../deploy/iotedge");

/** A module as a deployment describes it: https://learn.microsoft.com/azure/iot-edge/module-edgeagent-edgehub */
export interface Module {
  readonly type: string;
  readonly version?: string;
  readonly status?: string;
  readonly restartPolicy?: string;
  readonly startupOrder?: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, { readonly value: string }>>;
}

export interface Route {
  readonly route: string;
  readonly priority: number;
  readonly timeToLiveSecs: number;
}

export type Content = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export function readContent(name: "deployment" | "layered"): Content {
  const manifest = JSON.parse(readFileSync(path.join(FOLDER, `${name}.json`), "utf8"));
  return manifest.modulesContent;
}

/** The desired properties of edgeAgent and edgeHub in the whole deployment. */
export function wholeDeployment() {
  const { $edgeAgent, $edgeHub } = readContent("deployment");
  return {
    agent: $edgeAgent?.["properties.desired"] as {
      schemaVersion: string;
      runtime: object;
      systemModules: Record<string, Module>;
      modules: Record<string, Module>;
    },
    hub: $edgeHub?.["properties.desired"] as {
      schemaVersion: string;
      routes: Record<string, Route>;
      storeAndForwardConfiguration: { timeToLiveSecs: number };
    },
  };
}

/** The module that the layered deployment adds. */
export const layeredModule = (): Module =>
  readContent("layered").$edgeAgent?.["properties.desired.modules.hubhand"] as Module;

/**
 * The parts of create options in their order: edgeAgent joins `createOptions`, `createOptions01`, … (ChunkedProperty in
 * the iotedge repository).
 */
export const chunksOf = ({ settings }: Module): string[] =>
  Object.keys(settings)
    .filter((key) => /^createOptions\d*$/.test(key))
    .toSorted()
    .map((key) => settings[key] ?? "");

/** What is asked of Docker for a module. */
export const createOptionsOf = (module: Module): CreateOptions => JSON.parse(chunksOf(module).join(""));

interface CreateOptions {
  readonly HostConfig: Readonly<Record<string, unknown>> & { readonly Binds: readonly string[] };
}
