import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const script = (name: string): string =>
  fileURLToPath(new URL(`../../../deploy/fleet/${name}`, import.meta.url));

export interface Place {
  /** A folder of the test's own: the place where devices are made. */
  readonly folder: string;
  readonly provisioning: { readonly idScope: string; readonly endpoint: string };
}

/** The cards of devices with keys, as docs/fleet/provisioning.md makes them; resolves with the folder of all. */
export async function makeKeyCards(
  { folder, provisioning }: Place,
  { groupKey, ids }: { readonly groupKey: string; readonly ids: readonly string[] },
): Promise<string> {
  const keyFile = path.join(folder, "group-key");
  const cards = path.join(folder, "cards");
  await mkdir(folder, { recursive: true });
  await writeFile(keyFile, `${groupKey}\n`, { mode: 0o600 });
  const { idScope, endpoint } = provisioning;
  const where = ["--id-scope", idScope, "--endpoint", endpoint, "--out", cards];
  await run(process.execPath, [script("device-files.mjs"), ...where, "--group-key-file", keyFile, ...ids]);
  return cards;
}

/** An authority for certificates of devices; resolves with its folder. */
export async function makeAuthority({ folder }: Pick<Place, "folder">): Promise<string> {
  const authority = path.join(folder, "authority");
  await run("sh", [script("new-authority.sh"), authority]);
  return authority;
}

/** The card of a device with a certificate; resolves with the folder of all. */
export async function makeCertificateCard(
  { folder, provisioning }: Place,
  { authority, id }: { readonly authority: string; readonly id: string },
): Promise<string> {
  const cards = path.join(folder, "cards");
  await run("sh", [script("device-certificate.sh"), authority, provisioning.idScope, cards, id]);
  return cards;
}
