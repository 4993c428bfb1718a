import { expect, it } from "vitest";
import { effectiveValues } from "../../src/config/effective.ts";
import { workspace } from "./workspace.ts";

it("tasks of several sources go together by task and key, and cron gives way to every", () => {
  const space = workspace();
  space.write(
    "a.yaml",
    "schedule: { tasks: { relay/off: { cron: '0 3 * * *', jitter: 5s }, beat: { method: ping } } }",
  );
  const env = { HUBHAND_SCHEDULE_TASKS: '{"relay/off":{"every":"1h"},"beat":{"every":"5m"}}' };
  expect(space.load({ configFiles: ["a.yaml"], env }).values.schedule.tasks).toEqual({
    "relay/off": { every: "1h", jitter: "5s" },
    beat: { method: "ping", every: "5m" },
  });
});

it.each([
  [
    "schedule: { tasks: { a/b: { evry: 5m } } }",
    /^schedule\.tasks: a\.yaml:1:20 .+ unknown key "evry"\. Did you mean every\?/,
  ],
  ["schedule: { tasks: { a/b: { every: 5 } } }", /a\/b\.every: expected a duration like "30s" or "5m"\.$/],
  ["schedule: { tasks: [a/b] }", /expected a mapping of tasks, such as/],
  [
    "schedule: { tasks: { beat: { every: 5m, method: a, telemetry: { prioritty: low } } } }",
    /expected tasks that it can run\. beat\.telemetry: it has an unknown key "prioritty"\. Did you mean priority\?$/,
  ],
  [
    "schedule: { tasks: { beat: { every: 5m } } }",
    /^schedule\.tasks: a\.yaml: beat: .+ names no method to run/,
  ],
  [
    "schedule: { heartbeat: 5 }",
    /^schedule\.heartbeat: .+ has 5; expected a duration from 10s to 24h, or off\. Add a unit/,
  ],
  ["schedule: { heartbeat: never }", /expected a duration from 10s to 24h, or off/],
])("%s is refused with its place", (content, problem) => {
  const space = workspace();
  space.write("a.yaml", content);
  expect(space.problems({ configFiles: ["a.yaml"] })).toEqual([expect.stringMatching(problem)]);
});

it.each([
  ["15m", 900_000],
  ["off", "off"],
])("a heartbeat of %s", (written, value) => {
  const space = workspace();
  space.write("a.yaml", `schedule: { heartbeat: ${written} }`);
  const fromFile = space.load({ configFiles: ["a.yaml"] });
  expect(fromFile.values.schedule.heartbeat).toBe(value);
  expect(space.load({ env: { HUBHAND_SCHEDULE_HEARTBEAT: written } }).values.schedule.heartbeat).toBe(value);
  const shown = effectiveValues(fromFile).find(({ key }) => key === "schedule.heartbeat");
  expect(shown).toMatchObject({ value: written, origin: "a.yaml" });
});
