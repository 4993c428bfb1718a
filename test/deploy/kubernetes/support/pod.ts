import { once } from "node:events";
import { mkdir, realpath } from "node:fs/promises";
import { get as getPlain, type IncomingMessage } from "node:http";
import { get as getTls } from "node:https";
import path from "node:path";
import { docker, run } from "../../../container/support/engine.ts";
import type { CleanUp } from "../../../support/clean-up.ts";
import { type Container, containersOf, type Manifest, type Pod, podsOf, type Volume } from "./manifest.ts";
import { makeVolume, type Payload, putFiles } from "./volumes.ts";

export interface PodOptions {
  /** What was rendered; its pod is started. */
  readonly manifests: readonly Manifest[];
  /** In place of each container's own. */
  readonly image: string;
  /** Names all containers. */
  readonly name: string;
  readonly nodeName: string;
  /** Secrets and ConfigMaps that an operator makes, by name; what is rendered need not be here. */
  readonly given: Readonly<Record<string, Payload>>;
  /** Folders that the node has, by their paths there. */
  readonly nodeFolders: Readonly<Record<string, string>>;
  /** More flags for the agent's container, for what only a test needs. */
  readonly more: readonly string[];
}

export interface RunningPod {
  /** Asks as the kubelet does: by the pod's address. Resolves with the status. */
  probe(which: "startupProbe" | "livenessProbe" | "readinessProbe"): Promise<number>;
  /** Asks the same port for something else. */
  ask(path: string): Promise<number>;
  /** Changes a ConfigMap that is mounted. */
  change(name: string, payload: Payload): Promise<void>;
  /** The agent's container. */
  readonly agent: string;
  readonly gracePeriodSeconds: number;
}

/**
 * Starts a pod without Kubernetes: reads of its manifest what the kubelet reads (environment, volumes, user, rights, limits)
 * and does the same with Docker. Not done: scheduling, probes by themselves, restarts, network policies.
 */
export async function startPod(cleanUp: CleanUp, options: PodOptions): Promise<RunningPod> {
  const { manifests, given, name } = options;
  const [pod] = podsOf(manifests);
  if (pod === undefined) throw new Error("there is no pod in it");
  const group = Number(pod.securityContext.fsGroup);
  const payloads = new Map(Object.entries(given));
  for (const { kind, metadata, data = {} } of manifests)
    if (kind === "ConfigMap") payloads.set(metadata.name, { ...payloads.get(metadata.name), ...data });
  const folder = await cleanUp.folder();
  /** Where the volume's files are on this machine. */
  function at(volume: string): string {
    const { hostPath } = pod?.volumes.find(({ name }) => name === volume) ?? {};
    if (hostPath === undefined) return path.join(folder, volume);
    const found = options.nodeFolders[hostPath.path];
    if (found === undefined) throw new Error(`the node has no folder ${hostPath.path}`);
    return found;
  }
  // Files of the agent's user are in there.
  for (const volume of pod.volumes) await fill(volume);

  async function fill(volume: Volume): Promise<void> {
    if (volume.hostPath !== undefined) return;
    const where = at(volume.name);
    await mkdir(where, { recursive: true });
    await makeVolume(where, group);
    const { secret, projected } = volume;
    const names = secret ? [secret.secretName] : (projected?.sources.map((one) => one.configMap.name) ?? []);
    const payload = Object.assign({}, ...names.map((one) => payloads.get(one)));
    const mode = (secret ?? projected)?.defaultMode;
    if (mode !== undefined) await putFiles(where, { payload, mode, group });
  }

  let first: string | undefined;
  for (const container of containersOf(pod)) {
    const called = `${name}-${container.name}`;
    cleanUp.add(() => run("docker", ["rm", "--force", "--volumes", called]));
    const network = first === undefined ? [] : [`--network=container:${first}`];
    const more = container === pod.containers[0] ? options.more : [];
    const [entrypoint, ...command] = container.command ?? [];
    await docker(
      ...["run", "--detach", `--name=${called}`, ...network],
      ...rightsOf(pod, container),
      ...(await mountsOf(container)),
      ...environmentOf(container).map(([key, value]) => `--env=${key}=${value}`),
      ...more,
      ...(entrypoint === undefined ? [] : [`--entrypoint=${entrypoint}`]),
      ...[options.image, ...command],
    );
    first ??= called;
  }

  async function mountsOf(container: Container): Promise<string[]> {
    const variables = new Map(environmentOf(container));
    const mounts = container.volumeMounts ?? [];
    return Promise.all(
      mounts.map(async ({ name, mountPath, readOnly, subPathExpr = "" }) => {
        const below = subPathExpr.replace(/\$\((\w+)\)/g, (_, variable) => variables.get(variable) ?? "");
        // What Kubernetes fills it never lets a container write to.
        const { secret, projected } = pod?.volumes.find((volume) => volume.name === name) ?? {};
        const isReadOnly = readOnly === true || secret !== undefined || projected !== undefined;
        const source = below === "" ? at(name) : await realpath(path.join(at(name), below));
        return `--volume=${source}:${mountPath}${isReadOnly ? ":ro" : ""}`;
      }),
    );
  }

  function environmentOf({ env = [], envFrom = [] }: Container): [string, string][] {
    const all = envFrom.flatMap(({ configMapRef }) => Object.entries(payloads.get(configMapRef.name) ?? {}));
    for (const { name, value = "", valueFrom = {} } of env) {
      const { configMapKeyRef, secretKeyRef, fieldRef } = valueFrom;
      const ref = configMapKeyRef ?? secretKeyRef;
      if (fieldRef !== undefined && fieldRef.fieldPath !== "spec.nodeName")
        throw new Error(`${fieldRef.fieldPath} is not known here`);
      const found = fieldRef ? options.nodeName : ref ? payloads.get(ref.name)?.[ref.key] : value;
      if (found === undefined) throw new Error(`${name}: there is no ${ref?.name} with ${ref?.key}`);
      all.push([name, found]);
    }
    return all;
  }

  const address = await docker("inspect", "--format={{.NetworkSettings.IPAddress}}", first ?? "");
  const [agent] = pod.containers;
  const port = agent?.ports?.[0];
  /** As the kubelet, it does not ask whose certificate it is. */
  async function ask(
    where: string,
    scheme = agent?.livenessProbe?.httpGet.scheme ?? "HTTP",
  ): Promise<number> {
    const get = scheme === "HTTPS" ? getTls : getPlain;
    const options = { host: address, port: port?.containerPort, path: where, agent: false };
    const [response] = await once(get({ ...options, rejectUnauthorized: false } as object), "response");
    return (response as IncomingMessage).resume().statusCode ?? 0;
  }

  return {
    async probe(which) {
      const { httpGet } = agent?.[which] ?? {};
      if (httpGet === undefined || httpGet.port !== port?.name)
        throw new Error(`${which} asks at no port of the pod`);
      return ask(httpGet.path, httpGet.scheme);
    },
    ask,
    async change(name, payload) {
      payloads.set(name, payload);
      for (const volume of pod.volumes)
        if (volume.projected?.sources.some(({ configMap }) => configMap.name === name)) {
          const { defaultMode: mode, sources } = volume.projected;
          const all = Object.assign({}, ...sources.map((one) => payloads.get(one.configMap.name)));
          await putFiles(at(volume.name), { payload: all, mode, group });
        }
    },
    agent: `${name}-${agent?.name}`,
    gracePeriodSeconds: pod.terminationGracePeriodSeconds,
  };
}

/** Docker's words for a security context and limits; its seccomp profile is the runtime's default by itself. */
function rightsOf({ securityContext: of }: Pod, container: Container): string[] {
  const { readOnlyRootFilesystem, allowPrivilegeEscalation, capabilities } = container.securityContext;
  const { drop = [] } = capabilities as { drop?: string[] };
  return [
    ...[`--user=${of.runAsUser}:${of.runAsGroup}`, `--group-add=${of.fsGroup}`],
    ...(readOnlyRootFilesystem === true ? ["--read-only"] : []),
    ...(allowPrivilegeEscalation === false ? ["--security-opt=no-new-privileges"] : []),
    ...drop.map((capability) => `--cap-drop=${capability}`),
    `--memory=${container.resources.limits.memory.replace("Mi", "m")}`,
  ];
}
