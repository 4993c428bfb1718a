import type { Browser, Page } from "playwright-core";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Control } from "../../../../src/observe/status-page/control.ts";
import { cleanUpAfterAll } from "../../../support/clean-up.ts";
import { HAS_BROWSER, startBrowser } from "../../../support/status-page/browser.ts";
import { fullDevice } from "../../../support/status-page/device-snapshots.ts";
import { expectAccessible, openPage, PHONE } from "../../../support/status-page/opened-page.ts";
import { startScriptedDevice } from "../../../support/status-page/scripted-device.ts";

const TOKEN = "a-token-for-the-test";

describe.skipIf(!HAS_BROWSER)("doing things on the status page (needs a Chromium)", () => {
  const cleanUp = cleanUpAfterAll();
  const done: string[] = [];
  const control: Control = {
    token: TOKEN,
    async call(name, payload) {
      done.push(`call ${name} ${Buffer.from(payload)}`);
      return { status: 207, body: JSON.stringify({ opened: true }) };
    },
    async restartPlugin(name) {
      done.push(`restart ${name}`);
      return { name, up: true };
    },
    logLevel: {
      set(level: string, milliseconds: number) {
        done.push(`log ${level} ${milliseconds}`);
        return { level, configured: "info" };
      },
      reset: () => ({ level: "info", configured: "info" }),
    } as unknown as Control["logLevel"],
  };
  let browser: Browser;
  let url: string;
  beforeAll(async () => {
    browser = await startBrowser(cleanUp);
    ({ url } = await startScriptedDevice(cleanUp, { snapshot: fullDevice(), control }));
  });

  beforeEach(() => {
    done.length = 0;
  });

  const giveToken = async (page: Page, token: string): Promise<void> => {
    await page.getByRole("textbox", { name: "Token" }).waitFor();
    // The field has the focus: nothing but the keyboard is needed.
    await page.keyboard.type(token);
    await page.keyboard.press("Enter");
  };

  test("calls a method by keyboard alone: with the token, with JSON that is JSON, and shows its answer", async () => {
    const { page, complaints } = await openPage(browser, cleanUp, { url, viewport: PHONE });
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("To the content");
    await page.getByRole("button", { name: "Call gate.open" }).focus();
    await page.keyboard.press("Enter");
    await giveToken(page, TOKEN);
    await page.getByLabel("Payload").waitFor();
    await page.keyboard.type('{"wide": ');
    await page.keyboard.press("Control+Enter");
    await page.getByText(/^This is not JSON/).waitFor();
    expect(done).toEqual([]);
    await page.keyboard.type("true}");
    await page.keyboard.press("Control+Enter");
    await page.getByText('"opened": true').waitFor();
    expect(await page.getByRole("dialog").innerText()).toMatch(/207\s*after (< )?\d+ ms/);
    expect(done.splice(0)).toEqual(['call gate.open {"wide": true}']);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Call gate.open");
    expect(await page.evaluate("JSON.stringify(sessionStorage)")).toBe("{}");
    expect(complaints).toEqual([]);
    await page.getByRole("button", { name: "Call gate.open" }).click();
    await expectAccessible(page);
  });

  test("asks for the token again if it is not the right one, and does nothing meanwhile", async () => {
    const { page } = await openPage(browser, cleanUp, { url });
    await page.getByRole("button", { name: "Call gate.open" }).click();
    await giveToken(page, "not-the-token");
    await page.getByLabel("Payload").waitFor();
    await page.getByRole("button", { name: "Call", exact: true }).last().click();
    await page.getByText("The agent does not know this token.").waitFor();
    expect(done).toEqual([]);
  });

  test("restarts a plugin after it has asked, changes the log level, and remembers the token only if told to", async () => {
    const { page } = await openPage(browser, cleanUp, { url });
    await page.getByRole("button", { name: "Restart camera" }).click();
    await page.getByLabel("Remember it until this tab is closed").check();
    await page.getByRole("textbox", { name: "Token" }).focus();
    await giveToken(page, TOKEN);
    await page.getByRole("heading", { name: "Restart camera?" }).waitFor();
    expect(done).toEqual([]);
    await page.getByRole("button", { name: "Restart", exact: true }).click();
    await page.getByText("It has been restarted.").waitFor();
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await page.reload();
    await page.getByRole("button", { name: "Change the log level" }).click();
    await page.getByRole("combobox", { name: "For" }).selectOption("1h");
    await page.getByRole("button", { name: "Change", exact: true }).click();
    await page.getByText("It is debug for 1h.").waitFor();
    expect(done.splice(0)).toEqual(["restart camera", "log debug 3600000"]);
  });
});
