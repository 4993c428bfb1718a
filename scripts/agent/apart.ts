import type { Plugin } from "esbuild";
import { VERBS } from "../../src/commands/verbs.ts";

/** An esbuild plugin: what is rarely wanted and stands on nothing of ours, and the other verbs, are not the agent's. */
export function apart(packages: Readonly<Record<string, string>>): Plugin {
  const verbs = VERBS.filter(({ name }) => name !== "run").map(({ name }) => name);
  const verb = new RegExp(`^\\./(${verbs.join("|")})\\.ts$`);
  return {
    name: "rarely wanted",
    setup({ onResolve }) {
      // `main.js` asks for the agent only if the verb is `run`; it brings the others itself.
      onResolve({ filter: verb }, ({ importer, kind }) =>
        kind === "dynamic-import" && importer.endsWith("verbs.ts")
          ? { path: "./main.js", external: true }
          : undefined,
      );
      onResolve({ filter: /^[^.]/ }, ({ path: name, kind }) => {
        const file = packages[name];
        return kind === "dynamic-import" && file !== undefined
          ? { path: `./${file}.js`, external: true }
          : undefined;
      });
    },
  };
}
