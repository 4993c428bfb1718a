import { describe, expect, test } from "vitest";
import { printEffective } from "../../src/config/effective.ts";
import { secretValues } from "../../src/config/index.ts";
import { workspace } from "./workspace.ts";

const PROXY = "http://hand:hunter2@proxy.example:3128";

describe("the proxy", () => {
  test("is a secret: it is not shown, has no flag, and comes from a file too", () => {
    const space = workspace();
    const path = space.write("proxy", `${PROXY}\n`);
    const loaded = space.load({ env: { HUBHAND_LINK_PROXY_FILE: "proxy" } });
    expect(loaded.values.link).toMatchObject({ proxy: PROXY, proxyFile: path });
    expect(printEffective(loaded)).toContain('proxy: "[set]"');
    expect(printEffective(loaded)).not.toContain("hunter2");
    expect(secretValues(loaded)).toEqual([PROXY]);
  });

  test.each(["proxy.example:3128", "socks5://proxy.example", "http://", "hunter2 hunter2"])(
    "%j is no URL of an HTTP proxy, and is told without being shown",
    (written) => {
      const [problem, ...others] = workspace().problems({ env: { HUBHAND_LINK_PROXY: written } });
      expect(others).toEqual([]);
      expect(problem).toContain("link.proxy: environment variable HUBHAND_LINK_PROXY has a text (not shown");
      expect(problem).toContain("expected the URL of an HTTP proxy, such as http://proxy.example:3128");
      expect(problem).not.toContain("hunter2");
    },
  );
});

test("a file with what is no URL of a proxy is told like a variable, and never shown", () => {
  const space = workspace();
  space.write("proxy", "hunter2 hunter2\n");
  const [problem, ...others] = space.problems({ env: { HUBHAND_LINK_PROXY_FILE: "proxy" } });
  expect(others).toEqual([]);
  expect(problem).toContain("link.proxy: the file");
  expect(problem).toContain("not the URL of an HTTP proxy");
  expect(problem).not.toContain("hunter2");
});

describe("the machine's own HTTPS_PROXY", () => {
  test.each(["HTTPS_PROXY", "https_proxy"])("%s counts if nothing else says anything", (variable) => {
    const { values, origin } = workspace().load({ env: { [variable]: PROXY } });
    expect(values.link.proxy).toBe(PROXY);
    expect(origin("link.proxy")).toBe(`environment variable ${variable}`);
  });

  test("gives way to a file, to a variable of hubhand's own, and to null in a file", () => {
    const space = workspace();
    space.write("site.yaml", "link: { proxy: 'http://site:1' }");
    space.write("none.yaml", "link: { proxy: null }");
    const env = { HTTPS_PROXY: PROXY };
    expect(space.load({ env, configFiles: ["site.yaml"] }).values.link.proxy).toBe("http://site:1");
    expect(space.load({ env, configFiles: ["none.yaml"] }).values.link.proxy).toBeNull();
    const own = { ...env, HUBHAND_LINK_PROXY: "http://own:1" };
    expect(space.load({ env: own }).values.link.proxy).toBe("http://own:1");
  });

  test("ends nothing if it cannot be used, as it was not written for hubhand: it is passed over with a warning", () => {
    const { values, warnings } = workspace().load({ env: { HTTPS_PROXY: "socks5://hunter2@proxy" } });
    expect(values.link.proxy).toBeNull();
    expect(warnings).toEqual([
      expect.stringContaining("passed over: link.proxy: environment variable HTTPS_PROXY"),
    ]);
    expect(warnings.join()).not.toContain("hunter2");
  });
});
