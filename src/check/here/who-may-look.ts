import { messageOf } from "../../errors.ts";
import { isLoopback } from "../../loopback.ts";
import type { KeyPair } from "../../tls/key-pair.ts";
import { readTlsFiles } from "../../tls/tls-files.ts";
import { daysLeft, RENEW, SOON_DAYS } from "../certificate-end.ts";
import { type Check, type Finding, fatal, ok, warning } from "../check.ts";
import type { Subject } from "../subject.ts";
import type { Machine } from "./machine.ts";

export function whoMayLookCheck(subject: Subject, { hasOwnNetwork }: Pick<Machine, "hasOwnNetwork">): Check {
  return {
    id: "who-may-look",
    description: "Who may look at metrics and status",
    async run() {
      const { values, origin } = subject.config();
      const { tls, host, port, password, token } = values.observe;
      let keyPair: KeyPair | undefined;
      try {
        keyPair = await readTlsFiles(tls, origin);
      } catch (error) {
        return fatal(messageOf(error), "docs/operate/who-may-look.md says how to make a certificate.");
      }
      const who = [...(password === null ? [] : ["the password"]), ...(token === null ? [] : ["the token"])];
      const by = `${host} by ${keyPair === undefined ? "HTTP" : "HTTPS"}`;
      const ends = keyPair && certificateEnd(keyPair, subject.clock.wallClock());
      if (ends !== undefined && ends.result !== "ok") return ends;
      if (who.length > 0) return ok(`who has ${who.join(" or ")}, at ${by}${ends ? `; ${ends.detail}` : ""}`);
      if (isLoopback(host)) return ok(`who is on this machine, at ${by}`);
      // What is published is not to be seen from here, and a warning that is always there would be read by nobody.
      if (hasOwnNetwork())
        return ok(
          `who reaches port ${port} of this container, without a password or token: -p 127.0.0.1:${port}:${port} publishes it for this machine alone`,
        );
      return warning(
        `whoever reaches ${by}, without a password or token`,
        "Set observe.password for people or observe.token for Prometheus, or let only those reach it who may look: docs/operate/who-may-look.md.",
      );
    },
  };
}

function certificateEnd({ validTo }: KeyPair, now: number): Finding {
  const days = daysLeft(validTo, now);
  const end = `its certificate ${days < 0 ? "ended" : "ends"} at ${validTo.toISOString()}`;
  return days >= SOON_DAYS ? ok(end) : warning(end, RENEW);
}
