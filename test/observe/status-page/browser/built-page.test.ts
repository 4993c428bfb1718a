import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { buildStatusPage } from "../../../../scripts/build.ts";
import { assetsIn } from "../../../../src/observe/status-page/assets.ts";
import { type CleanUp, cleanUpAfterAll } from "../../../support/clean-up.ts";
import { HAS_BROWSER, startBrowser } from "../../../support/status-page/browser.ts";
import { fullDevice } from "../../../support/status-page/device-snapshots.ts";
import { openPage } from "../../../support/status-page/opened-page.ts";
import { POLICY, startScriptedDevice } from "../../../support/status-page/scripted-device.ts";

/** What ships, as a reverse proxy serves it that has many agents under one name. */
async function serveBelow(prefix: string, { device, cleanUp }: { device: string; cleanUp: CleanUp }) {
  const folder = await cleanUp.folder();
  await buildStatusPage(folder);
  const assets = assetsIn(folder);
  const app = new Hono();
  app.get(`${prefix}/api/*`, ({ req }) =>
    fetch(`${device}${req.path.slice(prefix.length)}`, { signal: req.raw.signal }),
  );
  app.get(`${prefix}/*`, async (context) => {
    const name = context.req.path.slice(prefix.length + 1);
    const asset = await assets.read(name === "" ? "index.html" : name.replace(/^page\//, ""));
    if (asset === undefined) return context.notFound();
    return context.body(asset.body, 200, { "content-type": asset.type, "content-security-policy": POLICY });
  });
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 });
  await once(server, "listening");
  cleanUp.add(() => {
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}/`;
}

describe.skipIf(!HAS_BROWSER)("the status page as it ships (needs a Chromium)", () => {
  const cleanUp = cleanUpAfterAll();

  test("works below a path of a reverse proxy, and is live", async () => {
    const device = await startScriptedDevice(cleanUp, { snapshot: fullDevice() });
    const url = await serveBelow("/pi-12", { device: device.url, cleanUp });
    const { page, complaints } = await openPage(await startBrowser(cleanUp), cleanUp, { url });
    await page.getByText("Online", { exact: true }).waitFor();
    device.change({ jobs: { running: 7 } });
    await page.getByText("7 running").waitFor();
    expect(await page.getByRole("link", { name: "/readyz" }).getAttribute("href")).toBe("readyz");
    expect(complaints).toEqual([]);
  });
});
