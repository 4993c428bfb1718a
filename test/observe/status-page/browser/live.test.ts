import type { Browser } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { cleanUpAfterAll } from "../../../support/clean-up.ts";
import { HAS_BROWSER, startBrowser } from "../../../support/status-page/browser.ts";
import { call, fullDevice, method, offlineDevice } from "../../../support/status-page/device-snapshots.ts";
import { openPage, PHONE } from "../../../support/status-page/opened-page.ts";
import { startScriptedDevice } from "../../../support/status-page/scripted-device.ts";

describe.skipIf(!HAS_BROWSER)("the status page, live (needs a Chromium)", () => {
  const cleanUp = cleanUpAfterAll();
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser(cleanUp);
  });

  test("shows what changes without taking the focus, an open log, or what was typed", async () => {
    const snapshot = {
      ...fullDevice(),
      methods: Array.from({ length: 20 }, (_, at) => method(`m${at}`, "many")),
    };
    const device = await startScriptedDevice(cleanUp, { snapshot });
    const { page, complaints } = await openPage(browser, cleanUp, { url: device.url });
    await page.getByText("Log of gate").click();
    await page.getByRole("searchbox", { name: "Find" }).fill("m1");
    const plugins = snapshot.plugins.map((each) =>
      each.name === "gate"
        ? { ...each, log: [...each.log, { at: new Date().toISOString(), level: "info", text: "a new line" }] }
        : each,
    );
    device.change({
      plugins,
      link: offlineDevice().link,
      methods: snapshot.methods.map((each) => ({ ...each, perMinute: 77 })),
    });
    await page.getByText("Offline", { exact: true }).waitFor();
    await page.getByText("a new line").waitFor();
    const search = page.getByRole("searchbox", { name: "Find" });
    expect(await search.inputValue()).toBe("m1");
    expect(await page.evaluate("document.activeElement.type")).toBe("search");
    expect(await page.getByRole("row", { name: /^m1/ }).first().innerText()).toContain("77");
    expect(complaints).toEqual([]);
  });

  test("says that the agent is gone, and is live again when it is back", async () => {
    const device = await startScriptedDevice(cleanUp, { snapshot: fullDevice() });
    const { page } = await openPage(browser, cleanUp, { url: device.url });
    await page.getByText("live", { exact: true }).waitFor();
    await device.vanish();
    await page.getByText("No answer from the agent").waitFor();
    expect(await page.getByRole("status").first().innerText()).toMatch(
      /since \d\d:\d\d: it (closed|does not)/,
    );
    expect(await page.locator(".next").innerText()).toMatch(/^Trying again/);
    await page.getByText("not live").waitFor();
    expect(await page.title()).toBe("pi-gate-12: no answer");
    await device.comeBack();
    await page.getByText("Online", { exact: true }).waitFor();
    await page.getByText("live", { exact: true }).waitFor();
  });

  test("draws only what changed: a hundred methods and calls, and one of them is called", async () => {
    const methods = Array.from({ length: 100 }, (_, at) => method(`method-${at}`, "many"));
    const calls = Array.from({ length: 100 }, (_, at) => call(`method-${at}`, at * 1000 + 60_000));
    const device = await startScriptedDevice(cleanUp, { snapshot: { ...fullDevice(), methods, calls } });
    const { page } = await openPage(browser, cleanUp, { url: device.url, viewport: PHONE });
    await page.getByRole("button", { name: "Show all 100" }).click();
    await page.evaluate(`
      window.touched = new Set();
      new MutationObserver((records) => {
        for (const { target } of records) {
          const row = (target.nodeType === 1 ? target : target.parentElement)?.closest("tr");
          if (row) window.touched.add(row.querySelector("th").textContent);
        }
      }).observe(document.getElementById("methods"), { subtree: true, childList: true, attributes: true, characterData: true });`);
    device.change({ methods: methods.map((each, at) => (at === 42 ? { ...each, calls: 987_654 } : each)) });
    await page.getByText("987,654", { exact: true }).waitFor();
    expect(await page.evaluate("[...window.touched]")).toEqual([expect.stringContaining("method-42")]);
  });
});
