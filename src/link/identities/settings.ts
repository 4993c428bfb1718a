import type { Clock } from "../../clock.ts";
import type { Logger } from "../../events/logger.ts";
import type { SessionSettings } from "../session/session.ts";
import type { Trust } from "../trust.ts";
import type { TransportChoice } from "../ways.ts";
import type { Environment } from "./edge-environment.ts";
import { badSetting, type Origin } from "./setting.ts";

/** The settings that say who the device is, as the configuration has them; what is not set is null. */
export interface HubSettings {
  readonly connectionString: string | null;
  readonly connectionStringFile: string | null;
  readonly secondaryKey: string | null;
  readonly secondaryKeyFile: string | null;
  readonly certificateFile: string | null;
  readonly certificateKeyFile: string | null;
  readonly certificatePassphrase: string | null;
  readonly certificatePassphraseFile: string | null;
  readonly caFile: string | null;
  readonly provisioning: {
    readonly idScope: string | null;
    readonly registrationId: string | null;
    readonly endpoint: string;
    readonly key: string | null;
    readonly keyFile: string | null;
    readonly groupKey: string | null;
    readonly groupKeyFile: string | null;
    readonly payload: Readonly<Record<string, unknown>> | null;
  };
}

/** What identities are made of. */
export interface IdentityOptions {
  readonly hub: HubSettings;
  /** Where an assignment is kept over a restart. */
  readonly stateDirectory: string;
  /** Where IoT Edge's runtime tells a module who it is. */
  readonly env: Environment;
  readonly origin: Origin;
  readonly trust: Trust;
  readonly link: Pick<
    SessionSettings,
    "dialTimeout" | "connectTimeout" | "closeTimeout" | "webSocketPort" | "proxy"
  > & {
    readonly transport: TransportChoice;
  };
  readonly logger: Logger;
  readonly clock: Clock;
  /** Told of each secret that is read or derived, so that none is ever logged. */
  hide(secret: string): void;
  /** Told the end of each certificate that is put to use. */
  onCertificate(validTo: Date): void;
}

/**
 * Settings that each may be right and that do not go together: which of two identities was meant is not ours to guess.
 * @throws HubhandError CONFIG_INVALID
 */
export function refuseMixtures({ hub, origin }: Pick<IdentityOptions, "hub" | "origin">): void {
  const { provisioning } = hub;
  if (hub.connectionString !== null && provisioning.idScope !== null) {
    throw badSetting(
      "hub.provisioning.idScope",
      origin,
      `there is a connection string too (${origin("hub.connectionString")}). Keep one of them: the connection string names the hub, provisioning asks for it.`,
    );
  }
  if (provisioning.idScope === null) {
    const alone = (["registrationId", "key", "groupKey", "payload"] as const).find(
      (name) => provisioning[name] !== null,
    );
    if (alone !== undefined) {
      throw badSetting(
        `hub.provisioning.${alone}`,
        origin,
        "it means nothing without hub.provisioning.idScope. Set that too, or remove this.",
      );
    }
  }
  if (hub.secondaryKey !== null && hub.connectionString === null) {
    throw badSetting(
      "hub.secondaryKey",
      origin,
      "it goes with a connection string that has a key, and there is none. Remove it.",
    );
  }
  refuseHalfCertificate({ hub, origin });
}

function refuseHalfCertificate({ hub, origin }: Pick<IdentityOptions, "hub" | "origin">): void {
  const { certificateFile, certificateKeyFile, certificatePassphrase } = hub;
  if (certificateFile !== null && certificateKeyFile === null) {
    throw badSetting(
      "hub.certificateFile",
      origin,
      "it needs its private key. Set hub.certificateKeyFile too.",
    );
  }
  if (certificateKeyFile !== null && certificateFile === null) {
    throw badSetting(
      "hub.certificateKeyFile",
      origin,
      "it needs its certificate. Set hub.certificateFile too.",
    );
  }
  if (certificatePassphrase !== null && certificateKeyFile === null) {
    throw badSetting(
      "hub.certificatePassphrase",
      origin,
      "there is no private key that it could unlock. Set hub.certificateKeyFile too, or remove it.",
    );
  }
}
