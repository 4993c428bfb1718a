import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse, parseAllDocuments } from "yaml";
import type { Manifest } from "./manifest.ts";

export const MANIFESTS = path.join(import.meta.dirname, "../../../../deploy/kubernetes");

/** What renders: kubectl from 1.21 has components, as kustomize by itself. */
const RENDERERS: readonly (readonly [string, ...string[]])[] = [
  ["kubectl", "kustomize"],
  ["kustomize", "build"],
];

/** The folders that hold a kustomization, of either kind, relative to deploy/kubernetes. */
export const foldersOf = (kind: "Kustomization" | "Component"): string[] =>
  readdirSync(MANIFESTS, { recursive: true, encoding: "utf8" })
    .filter((file) => path.basename(file) === "kustomization.yaml")
    .filter((file) => parse(readFileSync(path.join(MANIFESTS, file), "utf8")).kind === kind)
    .map((file) => path.dirname(file))
    .toSorted();

const rendered = new Map<string, readonly Manifest[]>();

/** What `kubectl apply -k` of this folder would send. */
export function render(folder: string): readonly Manifest[] {
  const before = rendered.get(folder);
  if (before !== undefined) return before;
  const { stdout, stderr, status } = renderWith(RENDERER ?? ["kubectl"], path.join(MANIFESTS, folder));
  if (status !== 0) throw new Error(`${folder} does not render: ${stderr}`);
  const manifests = parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
  rendered.set(folder, manifests);
  return manifests;
}

const renderWith = ([command, ...args]: readonly [string, ...string[]], folder: string) =>
  spawnSync(command, [...args, folder], { encoding: "utf8", timeout: 60_000 });

const RENDERER = RENDERERS.find((one) => {
  if (!existsSync(MANIFESTS)) return false;
  return renderWith(one, path.join(MANIFESTS, "device")).status === 0;
});

/** Why nothing can be rendered here; undefined if it can. */
export const WHY_NOT_RENDERED =
  RENDERER === undefined ? "skipped: no kubectl (1.21 or newer) and no kustomize" : undefined;
