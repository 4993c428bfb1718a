/**
 * What some packages bring along and nothing of ours ever calls, left out of the bundle: it is most of what a device would
 * read at every start.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

const SUBSTITUTES: Readonly<Record<string, string>> = {
  "@azure/storage-blob": here("storage-blob.cjs"),
  "@opentelemetry/api": here("opentelemetry.cjs"),
  getos: here("getos.cjs"),
};
const names = Object.keys(SUBSTITUTES).join("|");

/** An esbuild plugin. */
export const LEAN_PACKAGES: Plugin = {
  name: "lean packages",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(${names})$`) }, ({ path: name }) => {
      const substitute = SUBSTITUTES[name];
      return substitute === undefined ? undefined : { path: substitute };
    });
    onLoad({ filter: /node_modules\/lodash\/lodash\.js$/ }, ({ path: file }) => ({
      contents: fewerOf(file),
      resolveDir: path.dirname(file),
    }));
    onLoad({ filter: /mqtt-packet\/writeToStream\.js$/ }, ({ path: file }) => ({
      contents: numbersWhenAsked(file),
    }));
  },
};

/**
 * What writes packets of MQTT makes a Buffer of each number below 65,536 with its first packet, to have them at hand: 10 ms
 * and 9 MB on the way to the hub. Here it makes each when it is first written, and few ever are.
 */
function numbersWhenAsked(file: string): string {
  const text = readFileSync(file, "utf8");
  const changed = text
    .replace("let toGenerate = true", "let toGenerate = false")
    .replace(
      "return stream.write(numCache[number])",
      "return stream.write(numCache[number] ??= generateNumber(number))",
    );
  if (!changed.includes("toGenerate = false") || !changed.includes("??= generateNumber"))
    throw new Error(`${file} is not as it was: see ${import.meta.url}`);
  return changed;
}

/** Lodash, with the functions only that are called by the packages that call any: each of them has a file of its own. */
function fewerOf(lodash: string): string {
  const packages = path.dirname(path.dirname(lodash));
  const callers = ["machina/lib", "azure-iot-device/dist", "azure-iothub/dist"];
  const texts = callers.flatMap((caller) => textsBelow(path.join(packages, caller)));
  const called = new Set(texts.flatMap((text) => [...text.matchAll(/\b_\.(\w+)/g)].map(([, name]) => name)));
  return `module.exports = {${[...called].sort().map((name) => `${name}: require("./${name}.js")`)}};`;
}

function textsBelow(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const code = files.filter((file) => file.endsWith(".js"));
  return code.map((file) => readFileSync(path.join(folder, file), "utf8"));
}
