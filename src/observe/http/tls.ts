import type { Server as TlsServer } from "node:https";
import type { Clock } from "../../clock.ts";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../events/logger.ts";
import { watchFiles } from "../../files/changed-files.ts";
import type { KeyPair } from "../../tls/key-pair.ts";
import { type Origin, readTlsFiles, type TlsSettings } from "../../tls/tls-files.ts";
import { tlsOptions } from "./listener.ts";

export interface TlsOptions {
  readonly settings: TlsSettings;
  readonly origin: Origin;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Reads what HTTPS is served with, and tells how long that is valid.
 * @returns undefined if HTTP is served
 * @throws HubhandError CONFIG_INVALID if it cannot be used
 */
export async function openTls({ settings, origin, clock, logger }: TlsOptions): Promise<KeyPair | undefined> {
  const keyPair = await readTlsFiles(settings, origin);
  if (keyPair !== undefined) tell(keyPair, { clock, logger });
  return keyPair;
}

/**
 * Takes a renewed certificate for connections to come. Two files are renewed in two steps: while they do not fit together,
 * the pair before them stays.
 * @returns stops watching
 */
export function renewTls(server: TlsServer, { settings, origin, clock, logger }: TlsOptions): () => void {
  const files = [settings.certificateFile, settings.keyFile].filter((file) => file !== null);
  async function renew(): Promise<void> {
    try {
      const keyPair = await readTlsFiles(settings, origin);
      if (keyPair === undefined) return;
      server.setSecureContext(tlsOptions(keyPair));
      tell(keyPair, { clock, logger });
    } catch (error) {
      logger.warn(
        { event: "http.certificate-kept" },
        `the certificate for HTTPS cannot be used now; the one before stays: ${messageOf(error)}`,
      );
    }
  }
  return watchFiles(files, { clock, changed: () => void renew() });
}

function tell(
  { subject, validFrom, validTo, thumbprint }: KeyPair,
  { clock, logger }: Pick<TlsOptions, "clock" | "logger">,
): void {
  const end = validTo.toISOString();
  logger.info(
    { event: "http.certificate", subject, validTo: end, thumbprint },
    `HTTPS with a certificate that is valid until ${end}`,
  );
  const now = clock.wallClock();
  // No errors: it may be the clock of this machine that is wrong, and whoever looks has the last word.
  if (now > validTo.getTime())
    logger.warn({ event: "http.certificate-not-valid" }, "the certificate for HTTPS has expired: renew it");
  if (now < validFrom.getTime()) {
    logger.warn(
      { event: "http.certificate-not-valid" },
      `the certificate for HTTPS is valid only from ${validFrom.toISOString()}: is the clock of this machine right?`,
    );
  }
}
