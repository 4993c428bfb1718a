import { chmod, chown, mkdir, readdir, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

/** The files of a ConfigMap or Secret, by key. */
export type Payload = Readonly<Record<string, string>>;

/**
 * Puts files into a volume as the kubelet does: into a folder beside, to which one link leads that is swapped in one step
 * (kubernetes/kubernetes, pkg/volume/util/atomic_writer.go). They are root's and the pod's group's.
 */
export async function putFiles(
  volume: string,
  { payload, mode, group }: { payload: Payload; mode: number; group: number },
): Promise<void> {
  const at = (name: string): string => path.join(volume, name);
  const before = await realpath(at("..data")).catch(() => undefined);
  const folder = `..2026_${(await readdir(volume)).length}_${Object.keys(payload).length}_${Date.now()}`;
  await mkdir(at(folder), { mode: 0o755 });
  for (const [name, text] of Object.entries(payload)) {
    const file = path.join(at(folder), name);
    await writeFile(file, text);
    await own(file, { mode, group });
  }
  await own(at(folder), { mode: 0o2755, group });
  await symlink(folder, at("..data_tmp"));
  await rename(at("..data_tmp"), at("..data"));
  for (const name of Object.keys(payload)) await symlink(`..data/${name}`, at(name)).catch(() => {});
  if (before !== undefined) await rm(before, { recursive: true });
}

/** A volume's folder as the pod finds it: everyone may write to it, if it is not mounted read-only. */
export async function makeVolume(folder: string, group: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  await own(folder, { mode: 0o2777, group });
}

async function own(where: string, { mode, group }: { mode: number; group: number }): Promise<void> {
  await chown(where, 0, group);
  // Afterwards, as a new owner takes some bits away.
  await chmod(where, mode);
}
