/**
 * What some packages bring along and nothing of ours ever calls, left out of the bundle: it is most of what a device would
 * read at every start.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

const SUBSTITUTES: Readonly<Record<string, string>> = {
  "@opentelemetry/api": here("opentelemetry.cjs"),
  debug: here("debug.cjs"),
  getos: here("getos.cjs"),
  lodash: here("lodash.cjs"),
  "lodash.clonedeep": here("clone-deep.cjs"),
  "js-sdsl": here("ordered-set.cjs"),
  tdigest: here("missing.cjs"), // for summaries
  "yargs-parser": here("yargs-parser.cjs"),
};

interface Part {
  readonly asked: RegExp;
  /** The file that asks for it. */
  readonly by: RegExp;
  readonly instead: string;
}

const PARTS: readonly Part[] = [
  {
    asked: /^\.\/(dist\/)?(blob_upload|method_client)(\.js)?$/,
    by: /\/azure-iot-device\//,
    instead: "sdk-http.cjs",
  },
  // For the apps of two companies, and for MQTT 5.
  { asked: /^\.\/(wx|ali)$/, by: /\/mqtt\/lib\/connect\/index\.js$/, instead: "missing.cjs" },
  { asked: /^lru-cache$/, by: /\/mqtt\/lib\/topic-alias-send\.js$/, instead: "missing.cjs" },
  // Threads that write the log, and several destinations for it.
  {
    asked: /^\.\/(lib\/)?(transport|multistream)$/,
    by: /\/pino\/(pino|lib\/tools)\.js$/,
    instead: "missing.cjs",
  },
  // Not for those that a WebSocket stands on: they change what is inside of a stream.
  {
    asked: /^readable-stream$/,
    by: /\/(mqtt\/lib\/(client|store)|bl\/bl)\.js$/,
    instead: "node-streams.cjs",
  },
];

const names = Object.keys(SUBSTITUTES).join("|").replaceAll(".", "\\.");

/** An esbuild plugin. */
export const LEAN_PACKAGES: Plugin = {
  name: "lean packages",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(${names})$`) }, ({ path: name }) => {
      const substitute = SUBSTITUTES[name];
      return substitute === undefined ? undefined : { path: substitute };
    });
    for (const { asked, by, instead } of PARTS)
      onResolve({ filter: asked }, ({ importer }) =>
        by.test(importer) ? { path: here(instead) } : undefined,
      );
    onLoad({ filter: /\/package\.json$/ }, ({ path: file }) => {
      const { name, version } = JSON.parse(readFileSync(file, "utf8"));
      return { contents: JSON.stringify({ name, version }), loader: "json" };
    });
  },
};
