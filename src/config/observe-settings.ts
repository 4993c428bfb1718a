import { HOUR, MINUTE } from "../durations.ts";
import { names } from "./collections.ts";
import { boolean, filePath, host, orOff, plainText, secretText } from "./kinds.ts";
import { duration, wholeNumber } from "./numbers.ts";
import { secret, setting } from "./setting.ts";

/** A file that holds the secret of that name; read at the start. */
const fileOf = (what: string) =>
  setting(filePath(), {
    default: null,
    doc: `A file that holds ${what}, such as a Docker or Kubernetes secret. Line ends after it are ignored.`,
  });

/** It does things: whoever guesses it could too. */
const SHORTEST_CONTROL_TOKEN = 16;

/** Metrics, health and the status page over HTTP, and who may look. */
export const OBSERVE = {
  host: setting(host(), {
    default: "127.0.0.1",
    doc: "The address that metrics, health and the status page are served on. 0.0.0.0 for all IPv4 addresses: only in a container, on a network you trust, or with a password or token.",
  }),
  port: setting(wholeNumber({ min: 0, max: 65_535 }), {
    default: 9464,
    doc: "The port of metrics, health and the status page. 0: any that is free; the log says which.",
  }),
  allowedHosts: setting(names(), {
    default: [],
    doc: "Names with a dot under which the agent may be asked, such as pi-12.example.com. Addresses, localhost, this machine's name and names without a dot always are. *: any name. *.example.com: every name below it. Others are refused, so that no web page elsewhere reads the agent through a name that it makes point here (DNS rebinding).",
  }),
  username: setting(plainText(), {
    default: "hubhand",
    doc: "The name that goes with observe.password; without a colon.",
  }),
  password: secret(secretText(), {
    doc: "With it, metrics and the status page want this password (HTTP basic authentication), of 8 characters or more. /livez stays open, and /readyz tells yes or no.",
    file: "observe.passwordFile",
  }),
  passwordFile: fileOf("the password"),
  token: secret(secretText(), {
    doc: "With it, metrics and the status page want this token (Authorization: Bearer …), of 16 characters or more, or the password if there is one too. For Prometheus and other programs.",
    file: "observe.tokenFile",
  }),
  tokenFile: fileOf("the token"),
  tls: {
    certificateFile: setting(filePath(), {
      default: null,
      doc: "A file with the certificate (PEM, with those between it and its root) to serve HTTPS with; needs observe.tls.keyFile. It is read again when it changes.",
    }),
    keyFile: setting(filePath(), {
      default: null,
      doc: "A file with the private key (PEM) of observe.tls.certificateFile.",
    }),
  },
  page: setting(boolean(), {
    default: true,
    doc: "Whether the status page is served, at /.",
  }),
  payloads: setting(boolean(), {
    default: false,
    doc: "Whether the status page shows what recent calls were given and what they answered. Payloads may hold what is nobody else's business.",
  }),
  controlToken: secret(secretText({ min: SHORTEST_CONTROL_TOKEN }), {
    doc: "With it, whoever gives this token on the status page may call methods, restart plugins and change the log level there. Without it the page only shows.",
    file: "observe.controlTokenFile",
  }),
  controlTokenFile: fileOf("the token for doing things on the status page"),
  snapshotInterval: setting(orOff(duration({ min: MINUTE, max: 24 * HOUR })), {
    default: "off",
    doc: "How often the metrics are sent to the hub as a message, for devices that no Prometheus can reach. off: never.",
  }),
} as const;
