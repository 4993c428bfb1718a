import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { pino } from "pino";
import type { Control } from "../../../src/observe/status-page/control.ts";
import { createStatusPage } from "../../../src/observe/status-page/status-page.ts";
import type { CleanUp } from "../clean-up.ts";
import { quickClock } from "../time/quick-clock.ts";
import type { DeviceSnapshot } from "./device-snapshots.ts";

export interface ScriptedDevice {
  readonly url: string;
  /** From now on these sections are so. */
  change(sections: Partial<DeviceSnapshot>): void;
  /** The agent is gone: its port refuses whoever asks, until it comes back. */
  vanish(): Promise<void>;
  comeBack(): Promise<void>;
}

/** What the agent serves the page with. */
export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/** The real status page of a device that is only said to be so. It looks for changes twenty times a second. */
export async function startScriptedDevice(
  cleanUp: CleanUp,
  { snapshot, control, port = 0 }: { snapshot: DeviceSnapshot; control?: Control; port?: number },
): Promise<ScriptedDevice> {
  let now = snapshot;
  let running = await listen(port);
  cleanUp.add(() => running.stop());
  return {
    url: `http://127.0.0.1:${running.port}`,
    change(sections) {
      now = { ...now, ...sections };
    },
    vanish: () => running.stop(),
    async comeBack() {
      running = await listen(running.port);
    },
  };

  async function listen(at: number): Promise<{ port: number; stop(): Promise<void> }> {
    const tell = <Section extends keyof DeviceSnapshot>(section: Section) => [section, () => now[section]];
    const names = Object.keys(now) as (keyof DeviceSnapshot)[];
    const page = createStatusPage({
      sources: Object.fromEntries(names.map(tell)),
      control,
      clock: quickClock(20),
      logger: pino({ level: "silent" }),
      redact: (text) => text,
    });
    const app = new Hono();
    app.use(async (context, next) => {
      await next();
      context.header("content-security-policy", POLICY);
    });
    await page.mount(app);
    const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: at });
    await once(server, "listening");
    return {
      port: (server.address() as AddressInfo).port,
      async stop() {
        if (!server.listening) return;
        page.stop();
        const closed = once(server, "close");
        server.close();
        if ("closeAllConnections" in server) server.closeAllConnections();
        await closed;
      },
    };
  }
}
