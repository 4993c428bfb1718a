/** Writes what is generated from the configuration schema and the registry of events: `npm run docs`. A test fails while it is not current. */
import { writeFileSync } from "node:fs";
import { exampleYaml, referenceMarkdown } from "../src/config/reference.ts";
import { eventsMarkdown } from "../src/events/reference.ts";

const write = (path: string, text: string) => writeFileSync(new URL(`../${path}`, import.meta.url), text);

write("config/example.yaml", exampleYaml());
write("docs/reference/configuration.md", referenceMarkdown());
write("docs/reference/events.md", eventsMarkdown());
