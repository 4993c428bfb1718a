import { readdirSync, readFileSync } from "node:fs";
import { pino } from "pino";
import { expect, test } from "vitest";
import type { Logger } from "../../src/events/logger.ts";
import { eventsMarkdown } from "../../src/events/reference.ts";
import { EVENTS } from "../../src/events/registry.ts";

const ROOT = new URL("../../", import.meta.url);
/** Whose `Logger` is pino's own: the logger itself, what authors get, and what is no part of the agent's log. */
const TAKES_ANY_LINE =
  /^(events|local-hub|testing|plugins\/hosts\/worker\/inside)\/|^observe\/log\/logger\.ts|^plugins\/define-plugin\.ts/;

const sources = readdirSync(new URL("src", ROOT), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => ({ path, text: readFileSync(new URL(`src/${path}`, ROOT), "utf8") }));

test("docs/reference/events.md is current: run `npm run docs`", () => {
  expect(readFileSync(new URL("docs/reference/events.md", ROOT), "utf8")).toBe(eventsMarkdown());
});

test("the reference names every event", () => {
  const reference = eventsMarkdown();
  for (const name of Object.keys(EVENTS)) expect(reference).toContain(`| \`${name}\` |`);
});

test("every event that is registered is logged somewhere", () => {
  const rest = sources.filter(({ path }) => !path.startsWith("events/")).map(({ text }) => text);
  const unused = Object.keys(EVENTS).filter((name) => !rest.some((text) => text.includes(`"${name}"`)));
  expect(unused).toEqual([]);
});

test("every event that is logged is registered: the types see to it, as no part takes pino's logger as it is", () => {
  const around = sources
    .filter(({ path }) => !TAKES_ANY_LINE.test(path))
    .filter(({ text }) => /import (?:type )?\{[^}]*\bLogger\b[^}]*\} from "pino"/.test(text))
    .map(({ path }) => path);
  expect(around).toEqual([]);
});

test("a line without an event, with one that is not registered, or at another level is an error of types", () => {
  const logger: Logger = pino({ level: "silent" });
  logger.info({ event: "link.online" }, "as it should be");
  // @ts-expect-error no event
  logger.info("online");
  // @ts-expect-error no event
  logger.info({ state: "online" }, "online");
  // @ts-expect-error no such event
  logger.info({ event: "link.onlin" }, "online");
  // @ts-expect-error not at this level
  logger.error({ event: "link.online" }, "online");
  expect(EVENTS["link.online"].levels).toEqual(["info"]);
});
