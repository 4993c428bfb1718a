import { describe, expect, it } from "vitest";
import { createKeyChoice } from "../../../src/link/identities/key-choice.ts";

const KEYS = ["primary", "secondary"] as const;

describe("which key to try", () => {
  it("stays with the first as long as it works", () => {
    const choice = createKeyChoice();
    expect([choice.choose([...KEYS]), choice.choose([...KEYS])]).toEqual(["primary", "primary"]);
  });

  it("tries the other at once when the first is refused, and stays with it", () => {
    const choice = createKeyChoice();
    choice.choose([...KEYS]);
    expect(choice.refused()).toBe(true);
    expect(choice.choose([...KEYS])).toBe("secondary");
    expect(choice.choose([...KEYS])).toBe("secondary");
  });

  it("lets them take turns, with a wait, when both are refused", () => {
    const choice = createKeyChoice();
    const turns = Array.from({ length: 5 }, () => ({
      key: choice.choose([...KEYS]),
      anotherAtOnce: choice.refused(),
    }));
    expect(turns).toEqual([
      { key: "primary", anotherAtOnce: true },
      { key: "secondary", anotherAtOnce: false },
      { key: "primary", anotherAtOnce: false },
      { key: "secondary", anotherAtOnce: false },
      { key: "primary", anotherAtOnce: false },
    ]);
  });

  it("tries the first again at once when the second, which worked, is refused", () => {
    const choice = createKeyChoice();
    choice.choose([...KEYS]);
    choice.refused();
    choice.choose([...KEYS]);
    choice.choose([...KEYS]);
    expect(choice.refused()).toBe(true);
    expect(choice.choose([...KEYS])).toBe("primary");
  });

  it("tries a renewed key at once, though its forerunner was refused", () => {
    const choice = createKeyChoice();
    choice.choose(["old"]);
    expect(choice.refused()).toBe(false);
    expect(choice.choose(["new"])).toBe("new");
    choice.refused();
    expect(choice.choose(["new", "other"])).toBe("other");
  });

  it("has no other to try if there is one only", () => {
    const choice = createKeyChoice();
    choice.choose(["only"]);
    expect(choice.refused()).toBe(false);
    expect(choice.choose(["only"])).toBe("only");
  });
});
