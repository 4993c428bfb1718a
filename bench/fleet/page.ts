import * as sections from "../support/sections.ts";

/** The page whose tables `npm run bench:fleet -- --write` writes. */
export const PAGE = new URL("../../docs/fleet/a-million-devices.md", import.meta.url);

/** Between the marks of each name. @throws Error if the page has no such place */
export const withSections = (page: string, made: Readonly<Record<string, string>>): string =>
  sections.withSections(page, "bench:fleet", made);
