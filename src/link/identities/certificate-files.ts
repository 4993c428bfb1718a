import { type KeyPair, readKeyPair } from "../../tls/key-pair.ts";
import { keepLastGood, type Read } from "./kept.ts";
import { badSetting, readSettingFile, secretReader } from "./setting.ts";
import type { IdentityOptions } from "./settings.ts";

type CertificateOptions = Pick<
  IdentityOptions,
  "hub" | "origin" | "logger" | "clock" | "hide" | "onCertificate"
>;

/** The files that a certificate is read from. */
export function certificatePaths({ hub }: Pick<IdentityOptions, "hub">): string[] {
  const { certificateFile, certificateKeyFile, certificatePassphraseFile } = hub;
  return [certificateFile, certificateKeyFile, certificatePassphraseFile].filter((path) => path !== null);
}

/**
 * Reads a certificate and its key, now and then anew; what changed is logged. Two files are renewed in two steps: while
 * they do not fit together, the pair before them stays.
 * @param expectedName the name that the certificate is for, if it is known; it is compared with its CN
 * @returns undefined if no certificate is configured
 * @throws HubhandError CONFIG_INVALID if it cannot be used at the start
 */
export async function openCertificate(
  options: CertificateOptions,
  expectedName: string | undefined,
): Promise<Read<KeyPair> | undefined> {
  const { hub, origin, logger } = options;
  const { certificateFile, certificateKeyFile } = hub;
  if (certificateFile === null || certificateKeyFile === null) return undefined;
  const readPassphrase = passphraseReader(options);
  const read = keepLastGood({
    what: "the device's certificate",
    logger,
    async read() {
      const [certificate, privateKey, passphrase] = await Promise.all([
        readSettingFile("hub.certificateFile", certificateFile, origin),
        readSettingFile("hub.certificateKeyFile", certificateKeyFile, origin),
        readPassphrase?.(),
      ]);
      const refuse = (part: string, problem: string) => badSetting(`hub.${part}`, origin, problem);
      const howToUnlock = "Set hub.certificatePassphrase or hub.certificatePassphraseFile.";
      return readKeyPair({ certificate, privateKey, passphrase, howToUnlock, refuse });
    },
  });
  let told: string | undefined;
  const readAndTell = async (): Promise<KeyPair> => {
    const pair = await read();
    if (pair.thumbprint !== told) tell(pair, options, expectedName);
    told = pair.thumbprint;
    return pair;
  };
  await readAndTell();
  return readAndTell;
}

function passphraseReader({ hub, origin, hide }: CertificateOptions): Read<string> | undefined {
  const { certificatePassphrase: value, certificatePassphraseFile: file } = hub;
  if (value === null) return undefined;
  return secretReader({ key: "hub.certificatePassphrase", value, file, origin, hide });
}

function tell(pair: KeyPair, options: CertificateOptions, expectedName: string | undefined): void {
  const { logger, clock, onCertificate } = options;
  const { subject, commonName, validFrom, validTo, thumbprint } = pair;
  logger.info(
    { event: "identity.certificate", subject, validTo: validTo.toISOString(), thumbprint },
    `the device's certificate is valid until ${validTo.toISOString()}`,
  );
  onCertificate(validTo);
  const now = clock.wallClock();
  // No errors: it may be the clock of this machine that is wrong, and the hub has the last word.
  if (now > validTo.getTime())
    logger.warn({ event: "identity.certificate-expired" }, "the device's certificate has expired: renew it");
  if (now < validFrom.getTime()) {
    logger.warn(
      { event: "identity.certificate-early" },
      `the device's certificate is valid only from ${validFrom.toISOString()}: is the clock of this machine right?`,
    );
  }
  if (expectedName !== undefined && commonName !== expectedName) {
    const common = commonName === undefined ? "no common name (CN)" : `the common name (CN) ${commonName}`;
    logger.warn(
      { event: "identity.certificate-misnamed" },
      `the device's certificate has ${common} and not ${expectedName}: a hub that trusts its authority refuses it`,
    );
  }
}
