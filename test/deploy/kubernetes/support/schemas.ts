import { spawnSync } from "node:child_process";
import { symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Manifest } from "./manifest.ts";

const ROOT = path.join(import.meta.dirname, "../../../..");
const OPERATOR = "@kubernetes-models/prometheus-operator/monitoring.coreos.com";
const TSC = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2024"];

/** `apps/v1` and `Deployment` are the module `kubernetes-models/apps/v1/Deployment`. */
function moduleOf({ apiVersion, kind }: Manifest): string {
  const operators = /^monitoring\.coreos\.com\/(.+)$/.exec(apiVersion);
  if (operators !== null) return `${OPERATOR}/${operators[1]}/${kind}`;
  return `kubernetes-models/${apiVersion}/${kind}`;
}

interface Model {
  validate(): void;
}

/** What Kubernetes' JSON schemas have against an object: types, formats, what is missing; not what they do not know. */
export async function problemsBySchema(manifest: Manifest): Promise<string[]> {
  const { [manifest.kind]: Kind } = (await import(moduleOf(manifest))) as Record<
    string,
    new (
      data: Manifest,
    ) => Model
  >;
  if (Kind === undefined) return [`no schema of ${manifest.apiVersion} ${manifest.kind}`];
  try {
    new Kind(manifest).validate();
    return [];
  } catch (error) {
    return [String(error)];
  }
}

/**
 * What the types made of the same schemas have against objects: a literal in TypeScript may have no field that its type does
 * not know, however deep.
 * @param folder an empty one
 */
export async function problemsByType(manifests: readonly Manifest[], folder: string): Promise<string[]> {
  await symlink(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
  const lines = manifests.map((manifest, index) => {
    const type = `import("${moduleOf(manifest)}").I${manifest.kind}`;
    return `export const of${index}: ${type} = ${JSON.stringify(manifest)};`;
  });
  const file = path.join(folder, "manifests.ts");
  await writeFile(file, lines.join("\n"));
  const tsc = path.join(ROOT, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, ...TSC, "--types", "", file], {
    encoding: "utf8",
    cwd: folder,
  });
  return stdout.split("\n").filter((line) => line.includes("error "));
}
