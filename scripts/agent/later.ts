/** Packages that the agent imports as ever, and that are loaded only when it uses something of them. */
import { createRequire } from "node:module";
import type { Plugin } from "esbuild";

const require = createRequire(import.meta.url);

interface Later {
  /** What is imported, and by whom. */
  readonly asked: RegExp;
  readonly by?: RegExp;
  readonly at: string;
}

/** By the names of their files. */
const LATER_PACKAGES: Readonly<Record<string, Later>> = {
  "agent-yaml": { asked: /^yaml$/, at: require.resolve("yaml") },
  "agent-node-cron": { asked: /^node-cron$/, at: require.resolve("node-cron") },
  // What a module on IoT Edge asks the security daemon with.
  "agent-edge-daemon": {
    asked: /^azure-iot-http-base$/,
    by: /iotedge_authentication_provider\.js$/,
    at: createRequire(require.resolve("azure-iot-device")).resolve("azure-iot-http-base"),
  },
  "agent-web-socket": {
    asked: /^\.\/ws$/,
    by: /mqtt\/lib\/connect\/index\.js$/,
    at: require.resolve("mqtt/lib/connect/ws.js"),
  },
};

export const laterFiles = (): Record<string, string> =>
  Object.fromEntries(Object.entries(LATER_PACKAGES).map(([file, { at }]) => [file, at]));

/** An esbuild plugin. */
export const LATER: Plugin = {
  name: "later",
  setup({ onResolve, onLoad }) {
    for (const [file, { asked, by = /./ }] of Object.entries(LATER_PACKAGES))
      onResolve({ filter: asked }, ({ importer, namespace }) =>
        by.test(importer) && namespace === "file" ? { path: file, namespace: "later" } : undefined,
      );
    onResolve({ filter: /^\.\/agent-.*\.cjs$/, namespace: "later" }, ({ path }) => ({
      path,
      external: true,
    }));
    onLoad({ filter: /.*/, namespace: "later" }, ({ path: file }) => ({ contents: standingFor(file) }));
  },
};

function standingFor(file: string): string {
  const whole: unknown = require(LATER_PACKAGES[file]?.at ?? file);
  const load = `let whole; const load = () => (whole ??= require("./${file}.cjs"));`;
  if (typeof whole === "function") return `${load} module.exports = (...given) => load()(...given);`;
  const names = JSON.stringify(Object.keys(Object(whole)));
  return `${load} for (const name of ${names}) Object.defineProperty(exports, name, { enumerable: true, get: () => load()[name] });`;
}
