import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What a contender needs to reach the hub. */
export interface Ground {
  readonly connectionString: string;
  readonly caFile: string;
  /** An empty folder of its own. */
  readonly folder: string;
}

/** Something that answers the method `echo`. */
export interface Contender {
  readonly name: string;
  /** Node's arguments. */
  readonly args: readonly string[];
  env(ground: Ground): Readonly<Record<string, string>>;
}

const plainEnv = ({ connectionString, caFile }: Ground) => ({
  CONNECTION_STRING: connectionString,
  CA_FILE: caFile,
});

export const SDK_SAMPLE: Contender = {
  name: "bare SDK sample",
  args: [here("installed/sdk-sample.mjs")],
  env: plainEnv,
};

export const MQTTJS_ECHO: Contender = {
  name: "mqtt.js 5 echo",
  args: [here("installed/mqttjs-echo.mjs")],
  env: plainEnv,
};

/** As the image starts it (see the Dockerfile), with all settings at their defaults. */
export const HUBHAND: Contender = {
  name: "hubhand",
  args: ["--max-semi-space-size=1", process.env.HUBHAND_DIST ?? here("../../dist/main.js"), "run"],
  env({ connectionString, caFile, folder }) {
    mkdirSync(`${folder}/state`, { recursive: true });
    return {
      NODE_ENV: "production",
      MALLOC_ARENA_MAX: "1",
      HUBHAND_CONNECTION_STRING: connectionString,
      HUBHAND_HUB_CA_FILE: caFile,
      HUBHAND_STATE_DIRECTORY: `${folder}/state`,
      HUBHAND_OBSERVE_PORT: "0",
      HUBHAND_LOG_FORMAT: "json",
      HUBHAND_PLUGINS_DIRECTORY: here("plugins"),
      HUBHAND_PLUGINS_TRUST_FOLDER: "true",
    };
  },
};

export const CONTENDERS: readonly Contender[] = [HUBHAND, SDK_SAMPLE, MQTTJS_ECHO];
