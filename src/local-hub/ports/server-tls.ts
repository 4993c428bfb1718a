import { constants } from "node:crypto";
import { createSecureContext, type TlsOptions } from "node:tls";
import { HubhandError, messageOf } from "../../errors.ts";
import {
  type Authority,
  createServerCertificate,
  type ServerCertificate,
} from "../credentials/certificates.ts";

/** How long a client may take for its TLS handshake. */
const HANDSHAKE_MS = 10_000;

/** What the faces show as their certificate. */
export interface CertificateChoice {
  /** This one, with its chain, in place of one of the hub's own authority. */
  serverCertificate?: ServerCertificate;
  /** When the hub's own is valid, in milliseconds since 1970; from a day ago for 820 days if absent. */
  certificateValidity?: { from: number; to: number };
}

/** The certificate that was chosen; a fresh one unless it was given. @throws HubhandError CONFIG_INVALID */
export async function chooseCertificate(
  choice: CertificateChoice,
  options: { authority: Authority; hostNames: readonly string[]; now: number },
): Promise<ServerCertificate> {
  const { serverCertificate, certificateValidity: validity } = choice;
  if (serverCertificate === undefined) {
    return createServerCertificate({ ...options, ...(validity ? { validity } : {}) });
  }
  try {
    createSecureContext({ cert: serverCertificate.certificate, key: serverCertificate.privateKey });
  } catch (error) {
    throw new HubhandError("CONFIG_INVALID", `serverCertificate cannot be used: ${messageOf(error)}`);
  }
  return serverCertificate;
}

/** What changes with the certificate of a running server. */
export function secureContextOf(certificate: ServerCertificate) {
  return {
    cert: certificate.certificate,
    key: certificate.privateKey,
    minVersion: "TLSv1.2",
    // A session that is resumed by its ticket knows the client's certificate, and not the ones it came with.
    secureOptions: constants.SSL_OP_NO_TICKET,
  } as const satisfies TlsOptions;
}

/** A client may show a certificate. Whether it counts is decided at its login, as only that tells who it is. */
export function serverTlsOptions(certificate: ServerCertificate): TlsOptions {
  return {
    ...secureContextOf(certificate),
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: HANDSHAKE_MS,
  };
}
