import { X509Certificate } from "node:crypto";
import { messageOf } from "../../errors.ts";
import { type Check, fatal, ok, skipped, Unmet } from "../check.ts";
import type { Subject } from "../subject.ts";

const BEGIN = /-----BEGIN CERTIFICATE-----/g;

export function authoritiesCheck(subject: Subject): Check {
  return {
    id: "authorities",
    description: "Whom it trusts for the hub",
    async run() {
      const { caFile } = subject.config().values.hub;
      try {
        const text = await subject.caFile();
        if (text === undefined) return skipped("hub.caFile is not set: those that Node brings along");
        const more = (text.match(BEGIN)?.length ?? 1) - 1;
        const subjectOfFirst = new X509Certificate(text).subject.replaceAll("\n", ", ");
        return ok(`${subjectOfFirst}${more > 0 ? ` and ${more} more` : ""} (${caFile})`);
      } catch (error) {
        if (error instanceof Unmet) throw error;
        return fatal(
          messageOf(error),
          "For a hub of Azure leave hub.caFile unset. For a hub of your own, put its authority there; in a container, mount the file where the setting says.",
        );
      }
    },
  };
}
