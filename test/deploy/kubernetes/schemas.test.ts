import { describe, expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import type { Manifest } from "./support/manifest.ts";
import { foldersOf, render, WHY_NOT_RENDERED } from "./support/render.ts";
import { problemsBySchema, problemsByType } from "./support/schemas.ts";

const cleanUp = cleanUpAfterEach();
if (WHY_NOT_RENDERED !== undefined) process.stderr.write(`${WHY_NOT_RENDERED}: manifests are not tried\n`);

/** Whether a folder is part of what another one renders is no matter: each may be applied by itself. */
const all = (): Manifest[] => foldersOf("Kustomization").flatMap((folder) => [...render(folder)]);

/** A device's Deployment in which something is otherwise. */
function changed(change: (deployment: Manifest, container: Record<string, unknown>) => void): Manifest {
  const [deployment] = structuredClone(render("device"));
  if (deployment?.spec?.template === undefined) throw new Error("device/ renders no Deployment");
  const [container] = deployment.spec.template.spec.containers;
  change(deployment, container as unknown as Record<string, unknown>);
  return deployment;
}

describe.skipIf(WHY_NOT_RENDERED !== undefined)("what is sent to Kubernetes", () => {
  it("follows its schemas and the Prometheus operator's", async () => {
    const manifests = all();
    expect(new Set(manifests.map(({ kind }) => kind))).toEqual(
      new Set([
        ...["Namespace", "ConfigMap", "PersistentVolumeClaim", "Deployment", "DaemonSet"],
        ...["NetworkPolicy", "PriorityClass", "PodMonitor"],
      ]),
    );
    for (const manifest of manifests) expect(await problemsBySchema(manifest)).toEqual([]);
  });

  it("has no field that they do not know", async () => {
    expect(await problemsByType(all(), await cleanUp.folder())).toEqual([]);
  });

  it("would be refused with a wrong value, and with a field that is spelt wrongly", async () => {
    const wrong = changed((_, container) => Object.assign(container, { ports: [{ containerPort: "http" }] }));
    expect(await problemsBySchema(wrong)).toEqual([expect.stringContaining("containerPort must be integer")]);
    const misspelt = changed((_, container) => Object.assign(container, { livenessProb: {} }));
    expect(await problemsByType([misspelt], await cleanUp.folder())).toEqual([
      expect.stringContaining("'\"livenessProb\"' does not exist in type"),
    ]);
  });
});
