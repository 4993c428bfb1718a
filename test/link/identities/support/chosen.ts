import { systemClock } from "../../../../src/clock.ts";
import { loadConfig } from "../../../../src/config/index.ts";
import { chooseIdentities } from "../../../../src/link/identities/choose.ts";
import type { IdentityOptions } from "../../../../src/link/identities/settings.ts";
import type { IdentitySource } from "../../../../src/link/identity.ts";
import { fixedTrust } from "../../../../src/link/trust.ts";
import { createLogBook, type LogBook } from "../../../support/agent/log-lines.ts";

export interface Chosen {
  readonly identities: IdentitySource;
  readonly log: LogBook;
  /** The ends of the certificates that were put to use. */
  readonly certificates: Date[];
}

export interface Choice extends Partial<Pick<IdentityOptions, "clock">> {
  /** What the user sets, and what IoT Edge's runtime does. */
  readonly env?: Record<string, string>;
  /** The folder that relative paths start from, and that state is kept in. */
  readonly folder: string;
  /** The hub's and the provisioning service's authority. */
  readonly ca?: string;
  readonly link?: Partial<IdentityOptions["link"]>;
}

/** The identities that these variables lead to, by the real configuration. */
export async function choose({ env = {}, folder, ca, link, ...rest }: Choice): Promise<Chosen> {
  const { values, origin } = loadConfig({ env, cwd: folder });
  const log = await createLogBook();
  const certificates: Date[] = [];
  const identities = await chooseIdentities({
    hub: values.hub,
    stateDirectory: values.state.directory,
    env,
    origin,
    trust: fixedTrust(ca),
    link: {
      transport: "mqtt",
      webSocketPort: 443,
      dialTimeout: 5_000,
      connectTimeout: 5_000,
      closeTimeout: 500,
      ...link,
    },
    logger: log.logger,
    clock: systemClock,
    hide: log.redactor.hide,
    onCertificate: (validTo) => certificates.push(validTo),
    ...rest,
  });
  return { identities, log, certificates };
}

/** For `obtain`, where nobody gives up. */
export const never = new AbortController().signal;
