/** Writes what is generated from the configuration schema: `npm run docs`. A test fails while it is not current. */
import { writeFileSync } from "node:fs";
import { exampleYaml, referenceMarkdown } from "../src/config/reference.ts";

const write = (path: string, text: string) => writeFileSync(new URL(`../${path}`, import.meta.url), text);

write("config/example.yaml", exampleYaml());
write("docs/reference/configuration.md", referenceMarkdown());
