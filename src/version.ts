import packageJson from "../package.json" with { type: "json" };

/** Put in by the build; a checkout has none. */
declare const HUBHAND_COMMIT: string | undefined;

export const VERSION: string = packageJson.version;

export const BUILD = {
  version: VERSION,
  node: process.version,
  commit: typeof HUBHAND_COMMIT === "string" ? HUBHAND_COMMIT : "unknown",
} as const;

/**
 * What runs, for whoever rolls it out.
 * @param revision what the operator calls it (`twin.revision`); null if it has no name
 */
export const softwareNamed = (revision: string | null) => ({
  version: VERSION,
  ...(BUILD.commit === "unknown" ? {} : { commit: BUILD.commit }),
  ...(revision === null ? {} : { revision }),
});
