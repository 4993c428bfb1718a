import { expect, test } from "vitest";
import { tellWhoMayLook } from "../../src/agent/who-may-look.ts";
import { workspace } from "../config/workspace.ts";
import { createLogBook } from "../support/agent/log-lines.ts";

async function told(env: Record<string, string>) {
  const { logger, lines } = await createLogBook();
  tellWhoMayLook({ observe: workspace().load({ env }).values.observe, logger });
  return lines();
}

test.each(["0.0.0.0", "::", "192.168.1.20", "pi-12"])(
  "an agent on %s without a password or token says that whoever reaches it may look",
  async (host) => {
    expect(await told({ HUBHAND_OBSERVE_HOST: host })).toEqual([
      expect.objectContaining({
        // In a container it is as it should be.
        level: expect.stringMatching(/^(?:warn|info)$/),
        msg: `whoever reaches ${host} may look at metrics and status: neither observe.password nor observe.token is set`,
      }),
    ]);
  },
);

test.each<Record<string, string>>([
  {},
  { HUBHAND_OBSERVE_HOST: "localhost" },
  { HUBHAND_OBSERVE_HOST: "127.0.0.2" },
  { HUBHAND_OBSERVE_HOST: "::1" },
  { HUBHAND_OBSERVE_HOST: "0.0.0.0", HUBHAND_OBSERVE_PASSWORD: "long enough" },
  { HUBHAND_OBSERVE_HOST: "0.0.0.0", HUBHAND_OBSERVE_TOKEN: "0123456789abcdef" },
])("one with %j says nothing", async (env) => {
  expect(await told(env)).toEqual([]);
});
