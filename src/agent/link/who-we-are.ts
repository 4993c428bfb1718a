import type { Clock } from "../../clock.ts";
import type { Environment, LoadedConfig } from "../../config/index.ts";
import type { Logger } from "../../events/logger.ts";
import { chooseIdentities } from "../../link/identities/choose.ts";
import { openTrustFile } from "../../link/identities/trust-file.ts";
import type { IdentitySource } from "../../link/identity.ts";
import { fixedTrust, type Trust } from "../../link/trust.ts";

type Hub = LoadedConfig["values"]["hub"];

export interface WhoOptions {
  readonly config: LoadedConfig;
  /** IoT Edge's runtime tells a module who it is there. */
  readonly env: Environment;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Told of each secret that is read. */
  hide(secret: string): void;
  /** Told when the device's certificate ends, if it has one. */
  onCertificate(validTo: Date): void;
}

export interface Who {
  readonly identities: IdentitySource;
  readonly trust: Trust;
  readonly proxy: string | undefined;
}

/**
 * Who the device is to be, and whom it trusts, as the configuration says: for the link, and for whoever checks it.
 * @throws HubhandError CONFIG_INVALID if what is set does not go together or cannot be used
 */
export async function chooseWhoWeAre(options: WhoOptions): Promise<Who> {
  const { config, logger, hide } = options;
  const { origin } = config;
  const { link, state, twin } = config.values;
  const hub = withModel(config.values.hub, twin.modelId);
  const proxy = link.proxy ?? undefined;
  if (proxy !== undefined) hidePassword(proxy, hide);
  const trust =
    hub.caFile === null
      ? fixedTrust()
      : await openTrustFile({ key: "hub.caFile", path: hub.caFile, origin, logger });
  const identities = await chooseIdentities({
    ...options,
    hub,
    link: { ...link, proxy },
    stateDirectory: state.directory,
    origin,
    trust,
  });
  return { identities, trust, proxy };
}

/**
 * A device that is to be provisioned tells its model when it registers, too (learn.microsoft.com, "How to transfer payloads
 * between devices and DPS"): whoever allocates it may go by that. What the configuration says of it goes over it.
 */
function withModel(hub: Hub, modelId: string | null): Hub {
  const { provisioning } = hub;
  if (modelId === null || provisioning.idScope === null) return hub;
  return { ...hub, provisioning: { ...provisioning, payload: { modelId, ...provisioning.payload } } };
}

/** The proxy's password by itself, as messages about the proxy may hold it. */
function hidePassword(proxy: string, hide: (secret: string) => void): void {
  const { password } = new URL(proxy);
  hide(password);
  hide(decodeURIComponent(password));
}
