import type { Browser } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { cleanUpAfterAll, cleanUpAfterEach } from "../../../support/clean-up.ts";
import { HAS_BROWSER, startBrowser } from "../../../support/status-page/browser.ts";
import {
  ago,
  ahead,
  call,
  type DeviceSnapshot,
  emptyDevice,
  fullDevice,
  method,
  offlineDevice,
  troubledDevice,
} from "../../../support/status-page/device-snapshots.ts";
import {
  DESKTOP,
  expectAccessible,
  expectNoSidewaysScroll,
  openPage,
  PHONE,
} from "../../../support/status-page/opened-page.ts";
import { startScriptedDevice } from "../../../support/status-page/scripted-device.ts";

const neverOnline = (): DeviceSnapshot => {
  const { link, ...rest } = emptyDevice();
  const lastFailure = { at: ago(2000), class: "unauthorized", message: "the hub refuses this identity" };
  const history = [{ at: ago(2000), state: "waiting" }];
  return {
    ...rest,
    link: {
      ...link,
      state: "waiting",
      connects: 0,
      failures: 3,
      lastFailure,
      history,
      nextAttemptAt: ahead(60_000),
    },
  };
};

const connecting = (): DeviceSnapshot => {
  const { link, ...rest } = emptyDevice();
  const history = [{ at: ago(2000), state: "connecting" }];
  return { ...rest, link: { ...link, state: "connecting", connects: 0, history } };
};

const deaf = (): DeviceSnapshot => {
  const { link, ...rest } = fullDevice();
  return { ...rest, link: { ...link, checkedAt: ago(31 * 60_000), deaf: true } };
};

/** A state of each size, colour scheme and tone of the page. */
const LOOKS: ReadonlySet<string> = new Set(["online", "online with trouble", "offline", "connecting"]);

describe.skipIf(!HAS_BROWSER)("the status page (needs a Chromium)", () => {
  // Open pages go on drawing what changes: each is closed with its test.
  const cleanUp = cleanUpAfterEach();
  const shared = cleanUpAfterAll();
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser(shared);
  });

  test.each([
    ["online", fullDevice(), /^Online\s*since \d\d:\d\d/, DESKTOP, "light"],
    ["online with trouble", troubledDevice(), /^Online/, PHONE, "dark"],
    ["offline", offlineDevice(), /^Offline\s*The hub was not reached/, PHONE, "light"],
    [
      "never online",
      neverOnline(),
      /^Never online yet\s*The hub does not accept who it says it is/,
      PHONE,
      "dark",
    ],
    ["connecting", connecting(), /^Connecting/, DESKTOP, "dark"],
    [
      "deaf",
      deaf(),
      /^Online, but deaf\s*since \d\d:\d\d the hub has not proved that calls arrive/,
      PHONE,
      "light",
    ],
    ["without plugins", emptyDevice(), /^Online/, PHONE, "light"],
  ] as const)(
    "says in words that a device is %s, and leaves nobody out",
    async (state, snapshot, words, viewport, colorScheme) => {
      const { url } = await startScriptedDevice(cleanUp, { snapshot });
      const { page, complaints } = await openPage(browser, cleanUp, { url, viewport, colorScheme });
      expect(await page.getByRole("status").first().innerText()).toMatch(words);
      await expectNoSidewaysScroll(page);
      // Before axe, whose own ways the policy does not allow.
      expect(complaints).toEqual([]);
      // It takes seconds: in one state of each look.
      if (LOOKS.has(state)) await expectAccessible(page);
    },
  );

  test("shows what needs attention, each part, and when an offline device tries again", async () => {
    const { url } = await startScriptedDevice(cleanUp, { snapshot: troubledDevice() });
    const { page } = await openPage(browser, cleanUp, { url });
    const concerns = await page
      .getByRole("region", { name: "Needs attention" })
      .getByRole("link")
      .allInnerTexts();
    expect(concerns).toEqual([
      "Plugin gate is down",
      "The outbox is 91 % full",
      "35 messages to the hub dropped",
      "1 desired property refused",
      "The log level is debug",
      expect.stringMatching(/^The certificate ends in [56] days$/),
    ]);
    expect(await page.locator("main h2").allInnerTexts()).toEqual([
      ...[
        "Needs attention",
        "Link",
        "Methods",
        "Recent calls",
        "Plugins",
        "Tasks",
        "Messages",
        "Twin",
        "Agent",
      ],
    ]);
    expect(
      await page
        .getByRole("row", { name: /gate\.open/ })
        .first()
        .innerText(),
    ).toContain("408, method timed out");
    expect(
      await page
        .getByRole("img", { name: /^In the last \d h: online 97\.\d % of the time, 2 breaks/ })
        .count(),
    ).toBe(1);
    expect(await page.getByRole("button", { name: /Restart|Call|Change/ }).count()).toBe(0);

    const offline = await startScriptedDevice(cleanUp, { snapshot: offlineDevice() });
    const { page: there } = await openPage(browser, cleanUp, { url: offline.url });
    expect(await there.locator(".next").innerText()).toMatch(/^Next try in \d+ s\. Offline for 6 min\.$/);
    expect(await there.title()).toBe("pi-gate-12: offline");
  });

  test("says which methods fail and why, which are slow, and under which id the log has a call", async () => {
    const full = fullDevice();
    const failed = { at: ago(2000), status: 408, text: "the handler did not answer within 10 s" };
    const lastError = { ...failed, outcome: "method_timed_out" };
    const wrong = { ...failed, status: 400, outcome: "payload_invalid" };
    const { url } = await startScriptedDevice(cleanUp, {
      snapshot: {
        ...full,
        methods: [
          method("gate.open", "gate", { lastError, p95Ms: 10_002 }),
          // Works again, wrongly called, failed long ago.
          method("gate.close", "gate", { lastError }),
          method("disk.free", "disk-space", { lastError: wrong }),
          method("climate.read", "room-climate", { lastError: { ...lastError, at: ago(26 * 60_000) } }),
          method("_unknown", "", { lastError: { ...wrong, status: 404, outcome: "method_not_found" } }),
        ],
        calls: [
          call("gate.open", 2000, { outcome: "method_timed_out", status: 408, requestId: "4f62245" }),
          call("gate.open", 3000, { requestId: "4f62244" }),
          call("gate.close", 3000),
          call("gate.close", 4000),
          call("gate.close", 5000, { outcome: "method_timed_out", status: 408 }),
          call("disk.free", 2000, { outcome: "payload_invalid", status: 400 }),
        ],
      },
      // That there are buttons; nothing is pressed.
      control: {
        token: "a token for the page alone",
        call: () => Promise.reject(new Error("not asked for")),
        restartPlugin: () => Promise.reject(new Error("not asked for")),
        logLevel: {
          set: () => ({ level: "debug", configured: "info" }),
          reset: () => ({ level: "info", configured: "info" }),
        },
      },
    });
    const { page } = await openPage(browser, cleanUp, { url });
    const attention = page.getByRole("region", { name: "Needs attention" });
    expect(await attention.getByRole("link").allInnerTexts()).toEqual(["Method gate.open fails"]);
    expect(await attention.getByRole("paragraph").innerText()).toBe(
      "1 of its latest 2 calls failed: 408, method timed out. the handler did not answer within 10 s",
    );
    const calls = page.getByRole("table", { name: /^Recent calls/ });
    expect(await calls.getByRole("rowheader", { name: "gate.open" }).first().innerText()).toContain(
      "request 4f62245",
    );
    await page.getByLabel("Sort by").selectOption("time");
    const methods = page.getByRole("table", { name: "Methods of plugins" });
    expect(await methods.getByRole("rowheader").first().innerText()).toMatch(/^gate\.open/);
    const unknown = methods.getByRole("row", { name: /^_unknown/ });
    expect(await unknown.innerText()).toContain("calls of methods that are not there");
    expect(await unknown.getByRole("button").count()).toBe(0);
    expect(await methods.getByRole("button").count()).toBe(4);
  });

  test("takes nothing that others named for markup, and no name breaks the layout", async () => {
    const hostile = [
      `<img src=x onerror="window.hurt=1">`,
      "x".repeat(10_000),
      "\u202eesrever ni\u2066",
      "👩‍👩‍👧‍👦".repeat(200),
      `"><script>window.hurt=1</script>`,
      "__proto__",
    ];
    const full = fullDevice();
    const [someMethod, somePlugin, someCall] = [full.methods[0], full.plugins[0], full.calls[0]];
    if (!someMethod || !somePlugin || !someCall) throw new Error("the full device has them all");
    const lastError = { at: ago(1000), status: 500, outcome: "handler_error" };
    const { url } = await startScriptedDevice(cleanUp, {
      snapshot: {
        ...full,
        methods: hostile.map((text) => ({
          ...someMethod,
          name: text,
          description: text,
          plugin: text,
          lastError: { ...lastError, text },
        })),
        plugins: hostile.map((text) => ({
          ...somePlugin,
          name: text,
          version: text,
          problem: text,
          up: false,
          log: [{ at: ago(1000), level: "info", text }],
        })),
        calls: hostile.map((text, at) => ({
          ...someCall,
          method: text,
          requestId: `${at}`,
          request: text,
          reply: text,
        })),
        link: { ...full.link, identity: { device: hostile[0] ?? "", hub: hostile[1] ?? "" } },
      },
    });
    const { page, complaints } = await openPage(browser, cleanUp, { url, viewport: PHONE });
    await page.evaluate(`for (const each of document.querySelectorAll("details")) each.open = true`);
    await expectNoSidewaysScroll(page);
    expect(await page.evaluate("window.hurt")).toBeUndefined();
    expect(await page.locator("main img, main script").count()).toBe(0);
    expect(await page.getByRole("heading", { level: 1 }).innerText()).toBe(hostile[0]);
    expect(complaints).toEqual([]);
  });
});
