/** Writes what is generated from the commands, the configuration's schema, the instruments and the events: `npm run docs`. A test fails while it is not current. */
import { writeFileSync } from "node:fs";
import { commandLineMarkdown } from "../src/commands/reference.ts";
import { exampleYaml, referenceMarkdown } from "../src/config/reference.ts";
import { eventsMarkdown } from "../src/events/reference.ts";
import { createMetrics } from "../src/observe/metrics/metrics.ts";
import { metricsMarkdown } from "../src/observe/metrics/reference.ts";
import { BUILD } from "../src/version.ts";

const write = (path: string, text: string) => writeFileSync(new URL(`../${path}`, import.meta.url), text);

write("config/example.yaml", exampleYaml());
write("docs/reference/configuration.md", referenceMarkdown());
write("docs/reference/metrics.md", metricsMarkdown(createMetrics(BUILD).descriptions));
write("docs/reference/events.md", eventsMarkdown());
write("docs/reference/command-line.md", await commandLineMarkdown());
