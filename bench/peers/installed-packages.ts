import { lstatSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

interface Installed {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The folders, below `root`, of these packages and of all that they need, as npm has written down where it put them. */
export function installedFor(root: string, names: readonly string[]): string[] {
  const { packages }: { packages: Readonly<Record<string, Installed>> } = JSON.parse(
    readFileSync(path.join(root, "node_modules/.package-lock.json"), "utf8"),
  );
  const found = new Set<string>();

  /** As Node looks for it: in the package's own node_modules, and in those above. */
  function find(from: string, name: string): string | undefined {
    const here = `${from === "" ? "" : `${from}/`}node_modules/${name}`;
    if (here in packages) return here;
    const above = from.lastIndexOf("node_modules/");
    return from === "" ? undefined : find(from.slice(0, Math.max(0, above - 1)), name);
  }

  function add(from: string, name: string): void {
    const at = find(from, name);
    if (at === undefined || found.has(at)) return;
    found.add(at);
    const { dependencies, optionalDependencies } = packages[at] ?? {};
    for (const each of Object.keys({ ...dependencies, ...optionalDependencies })) add(at, each);
  }

  for (const name of names) add("", name);
  return [...found];
}

/** Bytes of a package's files, without those of packages inside it. */
export function sizeOf(folder: string): number {
  let sum = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name);
    if (entry.isFile()) sum += lstatSync(at).size;
    else if (entry.isDirectory() && entry.name !== "node_modules") sum += sizeOf(at);
  }
  return sum;
}
