/** Writes the dashboards: `npm run dashboards`. A test fails while they are not current. */
import { writeFileSync } from "node:fs";
import { dashboardFiles } from "./dashboards.ts";

for (const [name, text] of Object.entries(dashboardFiles()))
  writeFileSync(new URL(`../dashboards/${name}`, import.meta.url), text);
