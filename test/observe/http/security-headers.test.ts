import { expect, it } from "vitest";
import { ask, startFace } from "../../support/agent/http-face.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

it("every answer says that a browser may show it and no more", async () => {
  const { url } = await startFace(cleanUp, {
    token: "0123456789abcdef",
    mount: (app) => app.get("/broken", () => Promise.reject(new Error("broken"))),
  });
  const headers = { authorization: "Bearer 0123456789abcdef" };
  const answers = await Promise.all([
    ask(`${url}/metrics`, { headers }),
    ask(`${url}/livez`, { headers }),
    ask(`${url}/metrics`, { headers, method: "HEAD" }),
    ask(`${url}/metrics`),
    ask(`${url}/metrics`, { headers: { ...headers, host: "evil.example" } }),
    ask(`${url}/metrics`, { headers: { ...headers, host: "a:b:c" } }),
    ask(`${url}/metrics`, { headers, method: "DELETE" }),
    ask(`${url}/nowhere`, { headers }),
    ask(`${url}/broken`, { headers }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 401, 403, 400, 405, 404, 500]);
  for (const answer of answers) {
    expect(answer.headers).toMatchObject({
      "content-security-policy": expect.stringMatching(/^default-src 'none';.*frame-ancestors 'none'/),
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
      "cross-origin-resource-policy": "same-origin",
      "cross-origin-opener-policy": "same-origin",
      "permissions-policy": expect.stringContaining("camera=()"),
    });
    expect(Object.keys(answer.headers)).not.toContain("strict-transport-security");
    expect(Object.keys(answer.headers)).not.toContain("x-powered-by");
    expect(Object.keys(answer.headers)).not.toContain("server");
  }
});

it("what may be kept says so itself", async () => {
  const kept = { "cache-control": "max-age=60" };
  const { url } = await startFace(cleanUp, {
    mount: (app) => app.get("/style.css", (context) => context.body("a {}", 200, kept)),
  });
  expect((await ask(`${url}/style.css`)).headers["cache-control"]).toBe("max-age=60");
});

it("an answer that fails tells nothing of why, and the log does", async () => {
  const { url, lines } = await startFace(cleanUp, {
    mount: (app) => app.get("/broken", () => Promise.reject(new Error("no such relay"))),
  });
  const { text } = await ask(`${url}/broken`);
  expect(JSON.parse(text)).toEqual({ error: { code: "INTERNAL", message: "The agent failed to answer." } });
  expect(lines()).toMatchObject([{ level: "error", path: "/broken", err: { message: "no such relay" } }]);
});
