import { expect, test } from "vitest";
import type { Agent } from "../../../src/agent.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";
import { startQuietly } from "../../support/agent/start-quietly.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();
const KEY = Buffer.alloc(32, 5).toString("base64");

/** An agent whose hub is not there: the page does not need it. */
async function startHere(env: Record<string, string>): Promise<Agent & { log: string }> {
  const { logger, redactor, text } = await createLogBook();
  const cwd = await cleanUp.folder();
  const connection = `HostName=localhost:1;DeviceId=pi-1;SharedAccessKey=${KEY}`;
  const config = loadConfig({
    env: { HUBHAND_OBSERVE_PORT: "0", HUBHAND_CONNECTION_STRING: connection, ...env },
    cwd,
  });
  const agent = await startQuietly({ config, logger, redactor });
  cleanUp.add(() => agent.stop());
  return { ...agent, log: text() };
}

test("observe.page switches the page off, and all that belongs to it", async () => {
  const { url, log } = await startHere({ HUBHAND_OBSERVE_PAGE: "false" });
  expect(log).toContain(`"metrics and health at ${url}"`);
  expect(await (await fetch(url)).text()).toMatch(/^hubhand .*\n\/metrics\n\/livez\n\/readyz\n$/);
  for (const path of ["/api/status", "/api/status/stream", "/page/index.html"])
    expect((await fetch(`${url}${path}`)).status).toBe(404);
});

test("without a hub the page shows what the agent tries", async () => {
  const { url, log } = await startHere({});
  expect(log).toContain(`"status page, metrics and health at ${url}"`);
  const { link, agent, control } = (await (await fetch(`${url}/api/status`)).json()) as {
    link: { state: string; identity: unknown };
    agent: { ready: boolean };
    control: { possible: boolean };
  };
  expect(link.state).toMatch(/^(connecting|waiting)$/);
  expect(agent.ready).toBe(false);
  expect(control).toEqual({ possible: false });
});
