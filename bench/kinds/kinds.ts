import { fileURLToPath } from "node:url";
import type { Contender } from "../peers/contenders/contender.ts";
import { withPlugins } from "../peers/contenders/with-plugins.ts";

export const program = (name: "daemon" | "service" | "echo-messages"): string =>
  fileURLToPath(new URL(`./programs/${name}.mjs`, import.meta.url));

export const KINDS = ["in-process", "thread", "process", "executable", "daemon", "http"] as const;
export type Kind = (typeof KINDS)[number];

/** What has to be there for a kind: files of the plugins folder by name. */
function filesOf(kind: Kind, servicePort: number): Record<string, string> {
  switch (kind) {
    case "in-process":
      return { "echo.mjs": moduleThat("isolate: false,") };
    case "thread":
      return { "echo.mjs": moduleThat('isolate: "thread",') };
    case "process":
      return { "echo.mjs": moduleThat("") };
    case "executable":
      return { "echo.plugin.yaml": declarationOf({ command: ["cat"] }) };
    case "daemon":
      return {
        "echo.plugin.yaml": declarationOf({ mode: "daemon", command: [process.execPath, program("daemon")] }),
      };
    case "http":
      return { "echo.plugin.yaml": declarationOf({ url: `http://127.0.0.1:${servicePort}/` }) };
  }
}

const SCHEMA = {
  type: "object",
  properties: {
    level: { type: "number", minimum: 0, maximum: 100 },
    text: { type: "string", maxLength: 100 },
  },
  required: ["level"],
  additionalProperties: false,
};

const moduleThat = (isolate: string): string =>
  `export default { ${isolate} methods: { echo: {
    schema: ${JSON.stringify(SCHEMA)},
    handler: (payload) => payload,
  } } };`;

/** JSON is YAML. */
const declarationOf = (what: object): string =>
  JSON.stringify({ ...what, methods: { echo: { schema: SCHEMA } } });

/** hubhand as shipped, with one plugin of that kind. */
export const hubhandWith = (hubhand: Contender, kind: Kind, servicePort: number): Contender =>
  withPlugins(hubhand, { name: `hubhand, ${kind}`, files: filesOf(kind, servicePort) });
