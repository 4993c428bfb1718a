import { expect, it } from "vitest";
import { seededRandom } from "../../bench/herd/seeded-random.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { account, type Numbered } from "./account.ts";
import { failuresOf, killAgain } from "./kills.ts";

const cleanUp = cleanUpAfterEach();

it("an agent that is killed at any moment, under a hub that comes and goes, delivers what it promised, in order", async () => {
  const seed = Math.floor(Math.random() * 1e6);
  const result = await killAgain({
    times: 3,
    random: seededRandom(seed),
    longestLife: 1_000,
    cleanUp,
    tell: () => {},
  });
  expect(failuresOf(result), `seed ${seed}`).toEqual([]);
  expect(result.promised, `seed ${seed}`).toBeGreaterThan(0);
});

it("the account finds what is lost, what passes another, and doubles that nobody could recognise", () => {
  const make = (n: number, messageId = `id-${n}`, boot = 1): Numbered => ({ key: "a", boot, n, messageId });
  const promises = [1, 2, 3, 4].map((n) => make(n));
  const well = account(promises, [make(1), make(2), make(1), make(2), make(3), make(4), make(1, "x", 2)]);
  expect(well).toMatchObject({ arrived: 5, doubles: 2, lost: [], outOfOrder: [], mistakable: [] });
  const badly = account(promises, [make(2), make(1), make(3, "other"), make(2, "id-1"), make(5, "id-2")]);
  expect(badly.lost).toEqual([make(3), make(4)]);
  expect(badly.outOfOrder).toEqual([make(1)]);
  expect(badly.mistakable).toEqual([make(2, "id-1"), make(5, "id-2")]);
});
