import {
  type Authority,
  createServerCertificate,
  openAuthority,
  type ServerCertificate,
} from "../credentials/certificates.ts";
import type { WrongCertificate } from "../wire/handshakes.ts";

const DAY = 24 * 60 * 60_000;

/** Certificates that a careful client refuses, made when they are first asked for. */
export function createWrongCertificates(options: {
  authority: Authority;
  hostNames: readonly string[];
  now: () => number;
}): (why: WrongCertificate) => Promise<ServerCertificate> {
  const made = new Map<WrongCertificate, Promise<ServerCertificate>>();

  async function make(why: WrongCertificate): Promise<ServerCertificate> {
    const { authority, hostNames } = options;
    const now = options.now();
    switch (why) {
      case "unknown-authority": {
        const other = await openAuthority({ directory: undefined, now });
        return createServerCertificate({ authority: other, hostNames, now });
      }
      case "expired": {
        const validity = { from: now - 10 * DAY, to: now - DAY };
        return createServerCertificate({ authority, hostNames, now, validity });
      }
      case "wrong-name":
        return createServerCertificate({ authority, hostNames: ["another-host.example"], now });
    }
  }

  return (why) => {
    const certificate = made.get(why) ?? make(why);
    made.set(why, certificate);
    return certificate;
  };
}
