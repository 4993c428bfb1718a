import { registerHooks } from "node:module";
import { ownFile } from "../own-files.ts";

/** What these mean in a plugin and in its tests: the hubhand that runs them. */
const OWN_API: Readonly<Record<string, string>> = {
  hubhand: ownFile("index").href,
  "hubhand/testing": ownFile("testing").href,
  "hubhand/local-hub": ownFile("local-hub").href,
};

/**
 * Lets a plugin import "hubhand" wherever its file lies: a lone file in a mounted folder has no node_modules above
 * it to be found in.
 * @returns takes the hook out again
 */
export function provideOwnApi(): () => void {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const url = OWN_API[specifier];
      return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
    },
  });
  return () => hooks.deregister();
}
