import { describe, expect, it } from "vitest";
import { MINUTE, SECOND } from "../../../src/durations.ts";
import { createFailedLogins } from "../../../src/observe/http/failed-logins.ts";
import { ask, sendRaw, startFace } from "../../support/agent/http-face.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import { waitUntil } from "../../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();
const TOKEN = "0123456789abcdef";
const address = "192.0.2.7";

async function watched() {
  const clock = createFakeClock();
  const { logger, lines } = await createLogBook();
  const logins = createFailedLogins({
    event: "http.login-refused",
    attempt: "look with a wrong token",
    clock,
    logger,
  });
  const fail = async () => {
    const slowed = logins.slowed({ isRight: false, address });
    clock.advance(SECOND);
    await slowed;
  };
  return { clock, logins, lines, fail };
}

/** Whether it is resolved when everything that is due now is done. */
async function isOver(promise: Promise<unknown>): Promise<boolean> {
  let over = false;
  void promise.then(() => {
    over = true;
  });
  await new Promise(setImmediate);
  return over;
}

describe("wrong credentials", () => {
  it("are answered after a second, right ones at once", async () => {
    const { clock, logins } = await watched();
    const wrong = logins.slowed({ isRight: false, address });
    expect(await isOver(logins.slowed({ isRight: true, address }))).toBe(true);
    expect(await isOver(wrong)).toBe(false);
    clock.advance(SECOND);
    expect(await isOver(wrong)).toBe(true);
  });

  it("that come in numbers slow right ones, too, and lock them out never", async () => {
    const { clock, logins, fail } = await watched();
    for (let count = 0; count < 11; count += 1) await fail();
    const right = logins.slowed({ isRight: true, address });
    expect(await isOver(right)).toBe(false);
    clock.advance(SECOND);
    expect(await isOver(right)).toBe(true);
    clock.advance(MINUTE);
    expect(await isOver(logins.slowed({ isRight: true, address }))).toBe(true);
  });

  it("are told of at once, then once a minute, and no more when they are over", async () => {
    const { clock, lines, fail } = await watched();
    await fail();
    expect(lines()).toMatchObject([{ level: "warn", attempts: 1, addresses: [address] }]);
    for (let count = 0; count < 30; count += 1) await fail();
    expect(lines()).toHaveLength(1);
    clock.advance(MINUTE);
    expect(lines()).toHaveLength(2);
    expect(lines()[1]).toMatchObject({ attempts: 30, addresses: [address] });
    clock.advance(10 * MINUTE);
    expect(lines()).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it("are waited for no longer when the agent stops", async () => {
    const { clock, logins } = await watched();
    const wrong = logins.slowed({ isRight: false, address });
    logins.stop();
    expect(await isOver(wrong)).toBe(true);
    expect(clock.pending).toBe(0);
  });
});

it("a connection has one guess: what was sent behind it is never answered", async () => {
  const clock = createFakeClock();
  const { port } = await startFace(cleanUp, { token: TOKEN, clock });
  const request = (token: string) =>
    `GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  const answer = sendRaw(port, request("wrong-token-00001") + request(TOKEN));
  await waitUntil("the guess is held up", () => clock.pending > 1);
  clock.advance(SECOND);
  expect((await answer).match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 401"]);
});

it("what was given is in no line of the log, and in no answer", async () => {
  const clock = createFakeClock();
  const { url, text: log, lines } = await startFace(cleanUp, { token: TOKEN, clock });
  const given = "my-other-password";
  const answer = ask(`${url}/metrics`, { headers: { authorization: `Bearer ${given}` } });
  await waitUntil("it is told", () => lines().length === 1);
  clock.advance(SECOND);
  const { status, text, headers } = await answer;
  expect(status).toBe(401);
  expect(lines()).toMatchObject([{ attempts: 1, addresses: ["127.0.0.1"] }]);
  expect(log() + text + JSON.stringify(headers)).not.toMatch(new RegExp(`${given}|${TOKEN}`));
});
