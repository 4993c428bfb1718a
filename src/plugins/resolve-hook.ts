import { registerHooks } from "node:module";
import { ownFile } from "../own-files.ts";

/** What `import … from "hubhand"` means in a plugin: the agent that runs it. */
const OWN_API = ownFile("index").href;

/**
 * Lets a plugin import "hubhand" wherever its file lies: a lone file in a mounted folder has no node_modules above
 * it to be found in.
 * @returns takes the hook out again
 */
export function provideOwnApi(): () => void {
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "hubhand" ? { url: OWN_API, shortCircuit: true } : next(specifier, context),
  });
  return () => hooks.deregister();
}
