import type { Way } from "../../link/dialing.ts";
import { after, type Check, type Finding, fatal, ok, Unmet, warning } from "../check.ts";
import type { Subject } from "../subject.ts";
import type { Peer } from "./knock.ts";
import { WAYS } from "./network.ts";

/** Certificates that fail by their dates. */
const DATES = new Set(["CERT_NOT_YET_VALID", "CERT_HAS_EXPIRED"]);

/** The certificates that were shown on each way that is open: whether the hub's is trusted, and whose it is if not. */
export function tlsCheck(subject: Subject): Check {
  return {
    id: "tls",
    description: "The hub's certificate",
    async run(signal) {
      await subject.authorities(signal);
      const network = await subject.network();
      const chosen = WAYS.filter(network.chosen);
      const met: { way: Way; peer: Peer }[] = [];
      let blocked: unknown;
      let closed: Way | undefined;
      for (const way of chosen) {
        const knocked = await network.knock(way).catch((error: unknown) => {
          if (error instanceof Unmet && error.because !== undefined) blocked ??= error;
        });
        if (knocked !== undefined) closed ??= way;
        if (knocked?.peer !== undefined) met.push({ way, peer: knocked.peer });
      }
      const [first] = met;
      if (first === undefined) throw blocked ?? after(closed ?? "mqtt");
      const bad = met.find(({ peer }) => peer.doubt !== undefined);
      if (bad === undefined) {
        const { issuer, validTo } = first.peer;
        return ok(`trusted; issued by ${issuer}, valid until ${validTo.slice(0, 10)}`);
      }
      if (DATES.has(bad.peer.doubt ?? "") && (await network.clock()).verdict === "wrong")
        throw after("clock");
      const { host } = await subject.target();
      const isEverywhere = met.every(({ peer }) => peer.doubt !== undefined);
      const where = isEverywhere || met.length === 1 ? "" : ` (${bad.way} only)`;
      return judge(bad.peer, {
        where: `${host}${where}`,
        caFile: subject.config().values.hub.caFile,
        bad: isEverywhere ? fatal : warning,
      });
    },
  };
}

interface Surroundings {
  readonly where: string;
  readonly caFile: string | null;
  readonly bad: typeof fatal;
}

function judge({ doubt = "", issuer, names, validFrom, validTo }: Peer, options: Surroundings): Finding {
  const { where, caFile, bad } = options;
  // OpenSSL's word for a chain of one certificate whose issuer is not known.
  const isAlone = doubt === "UNABLE_TO_VERIFY_LEAF_SIGNATURE";
  const between = `${isAlone ? " If it is an intermediate of the hub's authority, the hub must send that one's certificate along with its own." : ""} If it is none of these, somebody stands between: do not go on.`;
  switch (doubt) {
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return bad(
        `${where} shows a certificate that is for ${names}`,
        "Is HostName right? If it is, something else answers in the hub's place: a firewall, a portal, or a wrong entry in DNS or /etc/hosts.",
      );
    case "CERT_HAS_EXPIRED":
      return bad(
        `${where} shows a certificate that ended at ${validTo} (issued by ${issuer})`,
        "Have it renewed by whoever runs the hub. Is this machine's clock right (date -u)?",
      );
    case "CERT_NOT_YET_VALID":
      return bad(
        `${where} shows a certificate that is valid only from ${validFrom} (issued by ${issuer})`,
        "Is this machine's clock right (date -u)? If it is, the certificate must be made anew.",
      );
    default:
      return bad(
        `${where} shows a certificate issued by ${issuer}, which is not trusted (${doubt})`,
        caFile === null
          ? `If that is an authority of your own network (a proxy that looks into TLS): have the hub's name exempted there, or set hub.caFile to a PEM file of that authority. For a hub with its own authority, such as the local one, set hub.caFile.${between}`
          : `hub.caFile (${caFile}) does not hold that authority: for Azure leave hub.caFile unset, for a hub of your own take its own file. If it is an authority of your own network (a proxy that looks into TLS): have the hub's name exempted there.${between}`,
      );
  }
}
