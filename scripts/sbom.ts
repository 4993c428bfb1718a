/**
 * What ships, as a bill of materials in CycloneDX's form: npm's own (`npm sbom`), of which the bundle takes a part only.
 * What differs from one build to the next is left out, so that the same sources give the same file.
 */
import { execFileSync } from "node:child_process";

/** What we read of a CycloneDX 1.5 document (https://cyclonedx.org/docs/1.5/json/); the rest passes through. */
export interface Sbom {
  readonly serialNumber?: string;
  readonly metadata: { readonly timestamp?: string; readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

interface Component {
  readonly "bom-ref": string;
  readonly name: string;
}

export interface ShippedOptions {
  readonly sbom: Sbom;
  /** The package itself, which npm calls after the folder that it lies in. */
  readonly name: string;
  /** `name@version` of each package that has code in the bundle. */
  readonly packages: ReadonlySet<string>;
}

/**
 * Keeps of npm's bill what has code in the bundle, and who depends on whom of that.
 * @throws Error if the bundle holds a package that npm does not list
 */
export function shippedSbom({ sbom, name, packages }: ShippedOptions): Sbom {
  const { serialNumber: _, metadata, ...rest } = sbom;
  const { timestamp: __, component, ...told } = metadata;
  const components = sbom.components.filter((each) => packages.has(each["bom-ref"]));
  const listed = new Set(components.map((each) => each["bom-ref"]));
  const strangers = [...packages].filter((each) => !listed.has(each));
  if (strangers.length > 0)
    throw new Error(
      `the bundle holds ${strangers.join(", ")}, and package-lock.json does not: what is installed is not what it says; npm ci`,
    );
  const refs = new Set([component["bom-ref"], ...listed]);
  const dependencies = sbom.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((each) => listed.has(each)) }));
  return { ...rest, metadata: { ...told, component: { ...component, name } }, components, dependencies };
}

/**
 * Asks npm, of the lock file alone: it has the versions, licences and hashes, and does not depend on what is installed. Not
 * with `--omit=dev`: that leaves out packages that ship, such as yaml, if one of development wants them as well (npm 11.19).
 */
export function npmSbom(root: string): Sbom {
  const args = ["sbom", "--package-lock-only", "--sbom-format=cyclonedx"];
  const text = execFileSync("npm", args, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(text) as Sbom;
}
