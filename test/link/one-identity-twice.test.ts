import { describe, expect, it } from "vitest";
import { createLogBook } from "../support/agent/log-lines.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { hubOn, linkTo, QUICK_BACKOFF } from "./support/link-on-hub.ts";

const cleanUp = cleanUpAfterEach();

describe("two agents with one identity", () => {
  it("end each other's sessions until they see why, tell it, and slow down", async () => {
    const hub = await hubOn(cleanUp);
    const book = await createLogBook();
    const slow = { ...QUICK_BACKOFF, conflictBase: 600_000, conflictMax: 600_000 };
    const options = { backoff: slow, logger: book.logger, random: () => 0.5 };
    const [one, two] = [linkTo(cleanUp, hub, options), linkTo(cleanUp, hub, options)];
    one.link.start();
    two.link.start();
    await waitUntil("one of them gives way", () =>
      [one, two].some(({ link }) => link.status().lastFailure?.class === "conflict"),
    );
    const [patient, other] = one.link.status().lastFailure?.class === "conflict" ? [one, two] : [two, one];
    expect(patient.link.status()).toMatchObject({ state: "waiting", lastFailure: { class: "conflict" } });
    const told = book.lines().filter((line) => line.class === "conflict");
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ level: "warn", retryInMs: 300_000 });
    expect(told[0]?.msg).toContain("another client");
    // The other one is left alone now, and answers.
    await other.reaches("online");
    expect(await callMethod(hub, "pi-1", { methodName: "any" })).toMatchObject({ status: 200 });
    expect(await patient.failures("conflict")).toBe(1);
  });

  it("both come back to one being online once the other is gone", async () => {
    const hub = await hubOn(cleanUp);
    const [one, two] = [linkTo(cleanUp, hub), linkTo(cleanUp, hub)];
    one.link.start();
    two.link.start();
    await waitUntil("a conflict is seen", async () => (await one.failures("conflict")) > 0);
    await two.link.stop();
    await one.reaches("online");
    expect(await callMethod(hub, "pi-1", { methodName: "any", connectTimeoutInSeconds: 5 })).toMatchObject({
      status: 200,
    });
  });
});
