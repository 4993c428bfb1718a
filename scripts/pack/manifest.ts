/** What this package's package.json says, as far as packing changes it. */
export interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly [field: string]: unknown;
}

/** What is for working on hubhand: who installs it has all of the dependencies in the bundle, and none of the sources. */
const OF_THE_CHECKOUT = ["dependencies", "devDependencies", "overrides", "allowScripts", "scripts"];

/** The package.json of the package that is published. */
export function publishedManifest({ exports, ...manifest }: Manifest): Manifest {
  const kept = Object.entries(manifest).filter(([field]) => !OF_THE_CHECKOUT.includes(field));
  const places = Object.entries(exports).map(([name, place]) => [name, withoutSource(place)]);
  return { ...Object.fromEntries(kept), exports: Object.fromEntries(places) };
}

function withoutSource(place: string | Readonly<Record<string, string>>) {
  if (typeof place === "string") return place;
  const { "hubhand-source": _, ...rest } = place;
  return rest;
}
