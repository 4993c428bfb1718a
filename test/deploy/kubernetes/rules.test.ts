import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { configKeys } from "../../../src/config/keys.ts";
import { containersOf, type Manifest, podsOf } from "./support/manifest.ts";
import { foldersOf, MANIFESTS, render, WHY_NOT_RENDERED } from "./support/render.ts";

const ROOT = path.join(MANIFESTS, "../..");
const WITH_PODS = [
  "device",
  "node",
  ...foldersOf("Kustomization").filter((one) => one.startsWith("examples/")),
];
/** Where a folder of the node is the point of it, and the namespace lets it. */
const WITH_FOLDERS_OF_THE_NODE = ["examples/nodes-with-certificates"];
/** What Pod Security's "restricted" takes: https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
const RESTRICTED_VOLUMES = [
  "configMap",
  "downwardAPI",
  "emptyDir",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

const named = (manifests: readonly Manifest[], kind: string): string[] =>
  manifests.filter((manifest) => manifest.kind === kind).map(({ metadata }) => metadata.name);

describe.skipIf(WHY_NOT_RENDERED !== undefined).each(WITH_PODS)("the pods of %s", (folder) => {
  const manifests = WHY_NOT_RENDERED === undefined ? render(folder) : [];
  const pods = podsOf(manifests);

  it("are restricted, and ask nothing of Kubernetes", () => {
    expect(pods.length).toBeGreaterThan(0);
    for (const pod of pods) {
      expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: "RuntimeDefault" },
      });
      for (const name of ["hostNetwork", "hostPID", "hostIPC"]) expect(pod).not.toHaveProperty(name);
      for (const { securityContext } of containersOf(pod))
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
      const kinds = pod.volumes.flatMap((volume) => Object.keys(volume).filter((key) => key !== "name"));
      const beyond = kinds.filter((kind) => !RESTRICTED_VOLUMES.includes(kind));
      expect(new Set(beyond)).toEqual(new Set(WITH_FOLDERS_OF_THE_NODE.includes(folder) ? ["hostPath"] : []));
    }
  });

  it("ask for as much memory as they may take, and for no less than the agent needs", () => {
    for (const { resources } of pods.flatMap(containersOf))
      expect(resources.requests.memory).toBe(resources.limits.memory);
    for (const pod of pods) expect(pod.containers[0]?.resources.limits.memory).toBe("128Mi");
  });

  it("are asked where the agent answers", () => {
    const keys = configKeys();
    const port = keys.find(({ name }) => name === "observe.port")?.setting.default;
    for (const pod of pods) {
      const [agent] = pod.containers;
      expect(agent?.ports).toEqual([{ name: "http", containerPort: port }]);
      const isTls = agent?.env?.some(({ name }) => name === "HUBHAND_OBSERVE_TLS_KEY_FILE");
      const how = { port: "http", ...(isTls ? { scheme: "HTTPS" } : {}) };
      expect(agent?.startupProbe?.httpGet).toEqual({ path: "/livez", ...how });
      // An outage of the network must not restart anything.
      expect(agent?.livenessProbe?.httpGet).toEqual({ path: "/livez", ...how });
      expect(agent?.readinessProbe?.httpGet).toEqual({ path: "/readyz", ...how });
    }
  });

  it("set variables that the agent knows, and have time to drain", () => {
    const known = new Set(configKeys().flatMap(({ variables }) => variables));
    for (const pod of pods) {
      const env = pod.containers.flatMap(({ env }) => env ?? []);
      for (const { name } of env) expect(known).toContain(name);
      const drain = env.find(({ name }) => name === "HUBHAND_METHODS_DRAIN_TIMEOUT")?.value;
      // Tasks have 2 s, the goodbye to the hub 3 s (link.closeTimeout); plugins are ended after that.
      expect(Number.parseInt(drain ?? "", 10) + 10).toBeLessThan(pod.terminationGracePeriodSeconds);
    }
    for (const { data = {} } of manifests.filter(({ kind }) => kind === "ConfigMap"))
      for (const name of Object.keys(data).filter((key) => key.startsWith("HUBHAND_")))
        expect(known).toContain(name);
  });

  it("mount what they have, and have what they mount", () => {
    for (const pod of pods) {
      const mounted = containersOf(pod).flatMap(({ volumeMounts = [] }) =>
        volumeMounts.map(({ name }) => name),
      );
      expect(new Set(mounted)).toEqual(new Set(pod.volumes.map(({ name }) => name)));
    }
  });

  it("are the only ones of their identity", () => {
    const workloads = manifests.filter(({ spec }) => spec?.template !== undefined);
    for (const { kind, spec } of workloads) {
      if (kind === "Deployment") expect(spec).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
      else expect(JSON.stringify(spec?.updateStrategy)).not.toContain("maxSurge");
    }
    for (const { spec } of workloads) {
      const { matchLabels = {} } = (spec?.selector ?? {}) as { matchLabels?: Record<string, string> };
      expect(spec?.template?.metadata.labels).toMatchObject(matchLabels);
    }
    const selectors = workloads.map(({ spec }) => JSON.stringify(spec?.selector));
    expect(new Set(selectors).size).toBe(selectors.length);
    expect(new Set(named(manifests, "Deployment")).size).toBe(named(manifests, "Deployment").length);
  });
});

it("every component is in an example, so that it is rendered and looked at", () => {
  const used = foldersOf("Kustomization")
    .concat(foldersOf("Component"))
    .flatMap((folder) => {
      const file = path.join(MANIFESTS, folder, "kustomization.yaml");
      const components: string[] = parse(readFileSync(file, "utf8")).components ?? [];
      return components.map((component) => path.join(folder, component));
    });
  expect(new Set(used)).toEqual(new Set(foldersOf("Component")));
});

it("the sidecar's declaration is that of the example whose service it is", () => {
  const shipped = path.join(ROOT, "examples/plugins/http-sidecar/plugin.yaml");
  const taken = path.join(MANIFESTS, "components/sidecar/meter.plugin.yaml");
  expect(readFileSync(taken, "utf8")).toBe(readFileSync(shipped, "utf8"));
});
