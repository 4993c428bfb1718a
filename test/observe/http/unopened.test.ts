import type { AddressInfo } from "node:net";
import { Hono } from "hono";
import { expect, it } from "vitest";
import { createListener } from "../../../src/observe/http/listener.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

it("a request whose answerer cannot be loaded is answered with 500, and the next one tries again", async () => {
  const told: unknown[] = [];
  const gone = new Error("its file is gone");
  let isThere = false;
  const { server, close } = await createListener({
    openApp: async () => {
      if (!isThere) throw gone;
      return new Hono().get("/", (context) => context.text("well"));
    },
    onUnopened: (error) => told.push(error),
    keyPair: undefined,
  });
  cleanUp.add(close);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  expect((await fetch(url)).status).toBe(500);
  expect(told).toEqual([gone]);
  isThere = true;
  expect(await (await fetch(url)).text()).toBe("well");
});
