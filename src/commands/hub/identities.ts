import { HubhandError } from "../../errors.ts";
import { HubError, type LocalHub } from "../../local-hub/index.ts";

/** The devices and modules that the flags ask for. */
export interface IdentityFlags {
  /** Ids. */
  readonly device: readonly string[];
  /** `id=thumbprint`, or `id` alone for one with a certificate of a trusted authority. */
  readonly x509Device: readonly string[];
  /** `device/module`. */
  readonly module: readonly string[];
}

/** An equals sign may be part of an id: what is behind the last one is a thumbprint only if it is long enough. */
const WITH_THUMBPRINT = /^(.+)=([0-9A-Fa-f:]{40,})$/;
/** What nobody calls a device: a thumbprint that lost its end, or whose bytes were copied from elsewhere. */
const CUT_THUMBPRINT = /=([0-9A-Fa-f:]{16,}|[^=]{40,})$/;

/**
 * Makes those that are not there yet. One that is there stays as it is, but for the certificate that a flag names: that
 * is the one in use now.
 * @throws HubhandError CONFIG_INVALID naming the flag
 */
export async function ensureIdentities(hub: LocalHub, flags: IdentityFlags): Promise<void> {
  for (const deviceId of flags.device) {
    await told(`--device ${JSON.stringify(deviceId)}`, () => ensureDevice(hub, deviceId));
  }
  for (const text of flags.x509Device) {
    await told(`--x509-device ${JSON.stringify(text)}`, () => ensureX509Device(hub, text));
  }
  for (const text of flags.module) {
    await told(`--module ${JSON.stringify(text)}`, () => ensureModule(hub, text));
  }
}

/** The connection string of each device by its id, and of each module by `device/module`; of all that the hub has. */
export function connectionStringsOf(hub: LocalHub): {
  devices: Record<string, string>;
  modules: Record<string, string>;
} {
  const devices = hub.registry
    .list()
    .map(({ deviceId }) => [deviceId, hub.deviceConnectionString(deviceId)] as const);
  const modules = hub.modules
    .list()
    .map((module) => [
      `${module.deviceId}/${module.moduleId}`,
      hub.moduleConnectionString(module.deviceId, module.moduleId),
    ]);
  return { devices: Object.fromEntries(devices), modules: Object.fromEntries(modules) };
}

async function ensureDevice(hub: LocalHub, deviceId: string): Promise<void> {
  if (hub.registry.get(deviceId) === undefined) await hub.registry.create({ deviceId });
}

async function ensureX509Device(hub: LocalHub, text: string): Promise<void> {
  const [, id, primaryThumbprint] = WITH_THUMBPRINT.exec(text) ?? [];
  const [, cut] = CUT_THUMBPRINT.exec(text) ?? [];
  if (id === undefined && cut !== undefined) {
    const expected = "40 hex digits of SHA-1 or 64 of SHA-256";
    throw new HubError(
      "ArgumentInvalid",
      `it is written <id>=<thumbprint>, ${expected}; "${cut}" is not one`,
    );
  }
  const deviceId = id ?? text;
  const device = primaryThumbprint
    ? ({ deviceId, authenticationType: "selfSigned", primaryThumbprint } as const)
    : ({ deviceId, authenticationType: "certificateAuthority" } as const);
  if (hub.registry.get(deviceId) === undefined) await hub.registry.create(device);
  else await hub.registry.update(device);
}

async function ensureModule(hub: LocalHub, text: string): Promise<void> {
  const [deviceId = "", moduleId = "", ...rest] = text.split("/");
  if (rest.length > 0 || !text.includes("/"))
    throw new HubError("ArgumentInvalid", "it is written <device>/<module>");
  await ensureDevice(hub, deviceId);
  if (hub.modules.get(deviceId, moduleId) === undefined) await hub.modules.create({ deviceId, moduleId });
}

async function told(flag: string, ensure: () => Promise<void>): Promise<void> {
  try {
    await ensure();
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    throw new HubhandError("CONFIG_INVALID", `${flag}: ${error.message}`);
  }
}
