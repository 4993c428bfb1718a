import type { ClientCertificate } from "./identity.ts";

/** How a certificate is shown in a TLS handshake, as node:tls and the SDK want it. Secrets. */
export const shownInTls = ({ certificate, privateKey, passphrase }: ClientCertificate) => ({
  cert: certificate,
  key: privateKey,
  ...(passphrase === undefined ? {} : { passphrase }),
});
