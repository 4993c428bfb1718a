import axe, { type AxeResults } from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import type { CleanUp } from "../clean-up.ts";

export const PHONE = { width: 360, height: 740 } as const;
export const DESKTOP = { width: 1280, height: 800 } as const;

export interface OpenedPage {
  readonly page: Page;
  /** What the browser complained about, but for what happens to the machine's network meanwhile. */
  readonly complaints: readonly string[];
}

/** Chromium drops what it loads when an interface of the machine comes or goes, as those of containers do. */
const NETWORK_CHANGED = "ERR_NETWORK_CHANGED";

/** Opens the status page and waits until it shows something of the device. */
export async function openPage(
  browser: Browser,
  cleanUp: CleanUp,
  { url, ...options }: { readonly url: string } & BrowserContextOptions,
): Promise<OpenedPage> {
  const context = await browser.newContext({ locale: "en-GB", viewport: DESKTOP, ...options });
  cleanUp.add(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  let changed = 0;
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (!["error", "warning"].includes(message.type())) return;
    if (message.text().includes(NETWORK_CHANGED)) changed += 1;
    else complaints.push(message.text());
  });
  for (let attempt = 0; ; attempt += 1) {
    const before = changed;
    await page.goto(url);
    try {
      await page.locator(".headline").waitFor({ timeout: 10_000 });
      return { page, complaints };
    } catch (error) {
      if (changed === before || attempt === 3) throw new Error(`${error}\n${complaints.join("\n")}`);
    }
  }
}

/** Nothing on the page keeps anybody from using it, as far as a machine can tell (WCAG 2.2 A and AA). */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] })',
  )) as AxeResults;
  expect(
    violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`),
    })),
  ).toEqual([]);
}

/** The page is no wider than the screen; else it names what sticks out. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const outside = await page.evaluate(`(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const all = [...document.querySelectorAll("*")].filter((each) => each.getBoundingClientRect().right > clientWidth);
    return [scrollWidth, ...all.map((each) => each.tagName + "." + each.getAttribute("class") + " in " + each.parentElement?.outerHTML.slice(0, 80))];
  })()`);
  expect(outside).toEqual([]);
}
