import fc from "fast-check";
import { expect, test } from "vitest";
import { HubError } from "../../../src/local-hub/hub-error.ts";
import { parseCondition, parseQuery } from "../../../src/local-hub/queries/query.ts";
import { TWIN } from "./support/twin.ts";

/** Whether the condition holds for the twin, and whether its NOT does: neither if it is undefined. */
function outcome(condition: string): boolean | undefined {
  if (parseCondition(condition)(TWIN)) return true;
  return parseCondition(`NOT (${condition})`)(TWIN) ? false : undefined;
}

test.each<[string, boolean | undefined]>([
  ["tags.building = '43'", true],
  ["tags.building = 43", false],
  ['tags.building = "43"', true],
  ["tags.building <> '43'", false],
  ["tags.building != 43", true],
  ["tags.floor > 3 AND tags.floor < 5 AND tags.floor >= 4 AND tags.floor <= 4", true],
  ["tags.floor < 4", false],
  ["tags.floor = 0x4", true],
  ["tags.floor > -1.5e0", true],
  ["4 = tags.floor", true],
  ["properties.desired.period = properties.reported.period", true],
  ["properties.reported.ready = true", true],
  ["properties.reported.ready", true],
  ["capabilities.iotEdge = false", true],
  ["tags.nothing = null", true],
  ["tags.building != null", true],
  ["properties.reported.$version = 7", true],
  ["properties.reported.$metadata.$lastUpdated >= '2026-11-02'", true],
  ["lastActivityTime < '2026-11-02T11:00:00Z'", true],
  ["tags.[[group]].name = 'north'", true],
  ["tags.[[x-y]] = 'dashed'", true],
  ["tags.[[$iotin:info]] = 1", true],
  ["tags.größe = 'L'", true],
  ["tags.proud = 'it\\'s' AND tags.proud = \"it\\u0027s\"", true],
])("%s: %s", (condition, expected) => expect(outcome(condition)).toBe(expected));

test.each<[string, boolean | undefined]>([
  ["DeviceId IN ['dev1']", true],
  ["devices.deviceId = 'dev1'", true],
  ["DEVICEID = 'DEV1'", false],
  ["tags.Building = '43'", undefined],
  ["TAGS.building = '43'", true],
  ["is_defined(tags.floor) aNd nOt IS_DEFINED(tags.roof)", true],
])("keywords and the service's own names have no case, all else has: %s: %s", (condition, expected) =>
  expect(outcome(condition)).toBe(expected),
);

test.each<[string, boolean | undefined]>([
  ["tags.roof = 1", undefined],
  ["tags.roof != 1", undefined],
  ["tags.roof = undefined", undefined],
  ["NOT tags.roof = 1", undefined],
  ["tags.roof IN [1]", undefined],
  ["tags.roof NIN [1]", undefined],
  ["tags.roof = 1 OR tags.floor = 4", true],
  ["tags.roof = 1 OR tags.floor = 5", undefined],
  ["tags.roof = 1 AND tags.floor = 4", undefined],
  ["tags.roof = 1 AND tags.floor = 5", false],
  ["tags = tags", undefined],
  ["tags.list = tags.list", undefined],
  ["tags.list.length = 1", undefined],
  ["tags.building.length = 2", undefined],
  ["tags.constructor = 1", undefined],
  ["IS_DEFINED(tags.constructor) OR IS_OBJECT(tags.[[__proto__]])", false],
  ["tags.floor < '5'", undefined],
  ["tags.nothing < 1", undefined],
  ["tags.building", undefined],
  ["tags.floor / 0 = 1", undefined],
  ["tags.building + 1 = 44", undefined],
  ["STARTSWITH(tags.floor, '4')", undefined],
])("what is not there, or cannot be compared, is neither so nor not so: %s", (condition, expected) =>
  expect(outcome(condition)).toBe(expected),
);

test.each<[string, boolean | undefined]>([
  ["tags.floor IN [1, 4, '43', null, true]", true],
  ["tags.floor IN ['4']", false],
  ["tags.floor NIN [1, 2]", true],
  ["tags.floor NIN [4]", false],
  ["tags.floor + 2 * 3 = 10", true],
  ["(tags.floor + 2) * 3 = 18", true],
  ["tags.floor - 1 - 1 = 2 AND tags.floor -1 = 3", true],
  ["tags.floor % 3 = 1 AND tags.floor / 8 = 0.5", true],
  ["NOT tags.floor = 5", true],
  ["NOT NOT tags.floor = 4", true],
  ["NOT tags.floor = 5 AND tags.floor = 4", true],
  ["tags.floor = 4 OR tags.floor = 5 AND tags.floor = 6", true],
  ["(tags.floor = 4 OR tags.floor = 5) AND tags.floor = 6", false],
  ["IS_NULL(tags.nothing) AND NOT IS_NULL(tags.roof)", true],
  ["IS_DEFINED(tags.nothing)", true],
  ["IS_NUMBER(tags.floor) AND IS_STRING(tags.building) AND IS_BOOL(capabilities.iotEdge)", true],
  ["IS_OBJECT(tags) AND NOT IS_OBJECT(tags.list) AND NOT IS_OBJECT(tags.nothing)", true],
  ["IS_PRIMITIVE(tags.nothing) AND IS_PRIMITIVE(tags.floor) AND NOT IS_PRIMITIVE(tags)", true],
  ["STARTSWITH(deviceId, 'dev') AND ENDSWITH(deviceId, '1')", true],
  ["STARTSWITH(deviceId, 'Dev')", false],
  ["*", true],
])("operators and functions: %s: %s", (condition, expected) => {
  if (condition === "*") expect(parseCondition(condition)(TWIN)).toBe(true);
  else expect(outcome(condition)).toBe(expected);
});

/** A condition that says itself, and is evaluated by JavaScript's own operators. */
interface Said {
  text: string;
  holds: (document: Record<string, number | undefined>) => boolean | undefined;
}

const comparison = fc
  .record({
    name: fc.constantFrom("a", "b", "missing"),
    operator: fc.constantFrom("=", "!=", "<>", "<", "<=", ">", ">="),
    number: fc.integer({ min: -2, max: 2 }),
  })
  .map(({ name, operator, number }): Said => {
    const compare = (value: number): boolean =>
      ({
        "=": value === number,
        "!=": value !== number,
        "<>": value !== number,
        "<": value < number,
        "<=": value <= number,
        ">": value > number,
        ">=": value >= number,
      })[operator] ?? false;
    return {
      text: `tags.${name}${operator}${number}`,
      holds: (document) => (document[name] === undefined ? undefined : compare(document[name])),
    };
  });

const { condition: anyCondition } = fc.letrec<{ condition: Said }>((tie) => ({
  condition: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    comparison,
    tie("condition").map(
      (inner): Said => ({
        text: `nOt (${inner.text})`,
        holds(document) {
          const value = inner.holds(document);
          return value === undefined ? undefined : !value;
        },
      }),
    ),
    fc.tuple(tie("condition"), fc.constantFrom("AND", "OR"), tie("condition")).map(
      ([left, word, right]): Said => ({
        text: `(${left.text})\n${word}\t( ${right.text} )`,
        holds(document) {
          const values = [left.holds(document), right.holds(document)];
          const decisive = word === "OR";
          if (values.includes(decisive)) return decisive;
          return values.includes(undefined) ? undefined : !decisive;
        },
      }),
    ),
  ),
}));

test("any condition holds for a document exactly if JavaScript says so too", () => {
  const number = fc.integer({ min: -2, max: 2 });
  fc.assert(
    fc.property(anyCondition, number, number, (condition, a, b) => {
      const holds = condition.holds({ a, b }) === true;
      expect(parseCondition(condition.text)({ tags: { a, b } })).toBe(holds);
    }),
    { numRuns: 500 },
  );
});

test("any string can be asked for, and is found by itself alone", () => {
  const literal = (text: string) =>
    `'${[...text].map((character) => (/[\\']/.test(character) ? `\\${character}` : character)).join("")}'`;
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 20 }), fc.string(), (text, other) => {
      const fits = parseCondition(`tags.x = ${literal(text)}`);
      expect(fits({ tags: { x: text } })).toBe(true);
      expect(fits({ tags: { x: other } })).toBe(other === text);
    }),
  );
});

const fragment = fc.oneof(
  fc.constantFrom(
    ..."SELECT|FROM|devices|.|modules|WHERE|GROUP BY|COUNT()|AS|TOP|*|,|(|)|[|]|[[|]]|'|\"|\\".split("|"),
  ),
  fc.constantFrom(
    "NOT",
    "AND",
    "OR",
    "IN",
    "=",
    "<>",
    "-",
    "1",
    "0x",
    "tags.a",
    "IS_DEFINED(",
    "__proto__",
    " ",
  ),
  fc.string({ unit: "binary", maxLength: 3 }),
);

test("any text at all is a query, or refused in the service's terms; nothing else happens", () => {
  const sources = { devices: () => [TWIN], modules: () => [TWIN], jobs: () => [TWIN] };
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 20 }), fc.constantFrom("", " "), (fragments, glue) => {
      const text = fragments.join(glue);
      for (const attempt of [
        () => parseQuery(text).run(sources),
        () => parseQuery(`SELECT * FROM devices WHERE ${text}`).run(sources),
        () => parseQuery(`SELECT ${text} FROM devices`).run(sources),
      ]) {
        try {
          attempt();
        } catch (error) {
          expect(error).toBeInstanceOf(HubError);
        }
      }
    }),
    { numRuns: 1000 },
  );
});
