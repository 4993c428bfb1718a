import type { MethodDefinition } from "../define-plugin.ts";
import type { BuiltInSources } from "./sources.ts";

/** `hubhand.supportBundle`: all that a supporter asks for, in a file on the device. */
export function supportBundleMethod({
  writeSupportBundle,
}: Pick<BuiltInSources, "writeSupportBundle">): MethodDefinition {
  return {
    description:
      "Writes log, configuration, metrics, versions, checks and states, all without secrets, into a file on the device.",
    schema: { type: ["object", "null"], additionalProperties: false, properties: {} },
    replySchema: {
      type: "object",
      required: ["path", "bytes", "sha256"],
      properties: {
        path: { type: "string" },
        bytes: { type: "integer" },
        sha256: { type: "string", description: "In hexadecimal digits." },
      },
    },
    timeout: "60s",
    concurrency: 1,
    queue: 0,
    handler: () => writeSupportBundle(),
  };
}
