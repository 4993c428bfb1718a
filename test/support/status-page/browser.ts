import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import type { CleanUp } from "../clean-up.ts";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = [process.env.CHROMIUM ?? "", ...PLACES].find(
  (place) => place !== "" && existsSync(place),
);

/** Whether this machine has a Chromium; tests that need it say so when they are skipped. */
export const HAS_BROWSER = executablePath !== undefined;

/** A real Chromium without a window; gone after the test. */
export async function startBrowser(cleanUp: CleanUp): Promise<Browser> {
  if (executablePath === undefined) throw new Error("there is no Chromium on this machine");
  // Root may only run it without its sandbox; it opens nothing but our own page.
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  cleanUp.add(() => browser.close());
  return browser;
}
