/** Takes the pictures of docs/status-page.md, of a device that is only said to be so: `npm run screenshots`. Needs a Chromium. */
import { fileURLToPath } from "node:url";
import { startBrowser } from "../test/support/status-page/browser.ts";
import { fullDevice } from "../test/support/status-page/device-snapshots.ts";
import { startScriptedDevice } from "../test/support/status-page/scripted-device.ts";

const IMAGES = fileURLToPath(new URL("../docs/images/", import.meta.url));
const SIZES = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } };

const undos: (() => unknown)[] = [];
const cleanUp = {
  add: (undo: () => unknown) => void undos.push(undo),
  folder: () => Promise.reject(new Error("no folder is needed here")),
};

try {
  const { url } = await startScriptedDevice(cleanUp, { snapshot: fullDevice() });
  const browser = await startBrowser(cleanUp);
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await browser.newPage({ viewport, colorScheme, locale: "en-GB", deviceScaleFactor: 1.5 });
      await page.goto(url);
      await page.locator(".headline").waitFor();
      await page.screenshot({ path: `${IMAGES}status-page-${size}-${colorScheme}.png` });
      await page.close();
    }
  }
} finally {
  for (const undo of undos.reverse()) await undo();
}
