import { rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../src/durations.ts";
import { watchFiles } from "../../src/files/changed-files.ts";
import { watchPassingTime } from "../../src/link/watch/passing-time.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { createFakeClock } from "../support/time/fake-clock.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

describe("files that are watched", () => {
  async function watched() {
    const folder = await cleanUp.folder();
    const file = join(folder, "key");
    await writeFile(file, "one");
    const clock = createFakeClock();
    let changes = 0;
    const stop = watchFiles([file], { clock, changed: () => (changes += 1) });
    cleanUp.add(stop);
    const look = async () => {
      await waitUntil("it has looked", () => clock.pending === 1);
      clock.advance(5 * SECOND);
      await waitUntil("it has looked again", () => clock.pending === 1);
    };
    return { folder, file, look, stop, clock, changes: () => changes };
  }

  it("tell nothing while they stay as they are", async () => {
    const { look, changes } = await watched();
    await look();
    await look();
    expect(changes()).toBe(0);
  });

  it("tell of new content", async () => {
    const { file, look, changes } = await watched();
    await look();
    await writeFile(file, "another one");
    await look();
    expect(changes()).toBe(1);
  });

  it("tell when they go, and when they are back", async () => {
    const { file, look, changes } = await watched();
    await look();
    await rm(file);
    await look();
    await writeFile(file, "one");
    await look();
    expect(changes()).toBe(2);
  });

  it("tell when what a link leads to is swapped, as Kubernetes does with its secrets", async () => {
    const { folder, file, look, changes } = await watched();
    await writeFile(join(folder, "version-2"), "two");
    await symlink("version-2", join(folder, "next"));
    await look();
    await rename(join(folder, "next"), file);
    await look();
    expect(changes()).toBe(1);
  });

  it("are left alone once that is asked", async () => {
    const { look, stop, clock } = await watched();
    await look();
    stop();
    expect(clock.pending).toBe(0);
  });
});

describe("time that passes", () => {
  function watching() {
    let wallOffset = 0;
    let asleep = 0;
    const fake = createFakeClock();
    const clock = {
      ...fake,
      now: () => fake.now() + asleep,
      wallClock: () => fake.wallClock() + asleep + wallOffset,
    };
    const notices: object[] = [];
    const stop = watchPassingTime(clock, (notice) => notices.push(notice));
    return {
      notices,
      stop,
      fake,
      setClock: (by: number) => {
        wallOffset += by;
      },
      standStill: (by: number) => {
        asleep += by;
      },
    };
  }

  it("is not noticed while nothing is unusual", () => {
    const { notices, fake } = watching();
    fake.advance(24 * HOUR);
    expect(notices).toEqual([]);
  });

  it.each([2 * HOUR, -2 * HOUR, 11 * SECOND, -11 * SECOND])(
    "is noticed, once, when the clock is set by %i ms",
    (by) => {
      const { notices, fake, setClock } = watching();
      fake.advance(MINUTE);
      setClock(by);
      fake.advance(MINUTE);
      expect(notices).toEqual([{ clockMovedBy: by, stoodStillFor: 0 }]);
    },
  );

  it("is not noticed when the clock is corrected a little", () => {
    const { notices, fake, setClock } = watching();
    setClock(2 * SECOND);
    fake.advance(MINUTE);
    expect(notices).toEqual([]);
  });

  it("is noticed when the process stood still", () => {
    const { notices, fake, standStill } = watching();
    standStill(MINUTE);
    fake.advance(30 * SECOND);
    expect(notices).toEqual([{ clockMovedBy: 0, stoodStillFor: MINUTE }]);
  });

  it("is left alone once that is asked", () => {
    const { stop, fake } = watching();
    fake.advance(MINUTE);
    stop();
    expect(fake.pending).toBe(0);
  });
});
