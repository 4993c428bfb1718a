import { describe, expect, test } from "vitest";
import { startAgentOnHub } from "../../../support/agent/agent-on-hub.ts";
import { cleanUpAfterAll } from "../../../support/clean-up.ts";
import { HAS_BROWSER, startBrowser } from "../../../support/status-page/browser.ts";
import { openPage } from "../../../support/status-page/opened-page.ts";

describe.skipIf(!HAS_BROWSER)("the status page of a real agent (needs a Chromium)", () => {
  const cleanUp = cleanUpAfterAll();

  test("shows that it is online, the call that is made from it, and that the agent is gone", async () => {
    const token = "a-control-token-of-the-test";
    const { agent, url } = await startAgentOnHub(cleanUp, { env: { HUBHAND_OBSERVE_CONTROL_TOKEN: token } });
    const { page, complaints } = await openPage(await startBrowser(cleanUp), cleanUp, { url });
    await page.getByText("Online", { exact: true }).waitFor();
    await page.getByText("Nobody has called since the agent started.").waitFor();
    await page.getByText(/^The agent's own/).click();
    await page.getByRole("button", { name: "Call hubhand.ping" }).click();
    await page.getByRole("textbox", { name: "Token" }).fill(token);
    await page.keyboard.press("Enter");
    await page.getByLabel("Payload").waitFor();
    await page.keyboard.press("Control+Enter");
    await page.getByRole("dialog").getByText("200").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("table", { name: "Recent calls" }).getByText("hubhand.ping").waitFor();
    expect(complaints).toEqual([]);
    agent.kill("SIGKILL");
    await page.getByText("No answer from the agent").waitFor();
  });
});
