import { mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildInto, startFrom } from "../shipped.ts";
import type { Contender } from "./contender.ts";

/**
 * As the image starts it, with all settings at their defaults and one trusted plugin. Another build is measured with
 * HUBHAND_DIST, the path of its main.js.
 */
export function hubhand(): Contender {
  let dist = "";
  return {
    id: "hubhand",
    name: "hubhand",
    isNode: true,
    prepare(folder) {
      const given = process.env.HUBHAND_DIST;
      dist = given === undefined ? path.join(folder, "dist") : path.dirname(path.resolve(given));
      if (given === undefined) buildInto(dist);
      return undefined;
    },
    command({ connectionString, caFile, folder }) {
      const { args, env } = startFrom(dist);
      const state = path.join(folder, "state");
      mkdirSync(state, { recursive: true });
      return {
        file: process.execPath,
        args,
        env: {
          ...env,
          HUBHAND_CONNECTION_STRING: connectionString,
          HUBHAND_HUB_CA_FILE: caFile,
          HUBHAND_STATE_DIRECTORY: state,
          HUBHAND_OBSERVE_HOST: "127.0.0.1",
          HUBHAND_OBSERVE_PORT: "0",
          HUBHAND_PLUGINS_DIRECTORY: fileURLToPath(new URL("../plugins", import.meta.url)),
          HUBHAND_PLUGINS_TRUST_FOLDER: "true",
        },
      };
    },
  };
}
