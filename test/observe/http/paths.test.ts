import { expect, it } from "vitest";
import { ask, sendRaw, startFace } from "../../support/agent/http-face.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

const face = () =>
  startFace(cleanUp, {
    mount(app) {
      app.get("/page/*", (context) => context.text("page"));
      app.post("/api/methods/:name", (context) => context.text("called"));
    },
  });

it("a path that is not there is answered with those that are", async () => {
  const { url } = await face();
  for (const path of ["/metricz", "/api/methods/", "/api/methods/a/b", "/metrics/"]) {
    const { status, text } = await ask(`${url}${path}`);
    expect(status).toBe(404);
    expect(JSON.parse(text)).toEqual({
      error: {
        code: "PATH_UNKNOWN",
        message: expect.any(String),
        details: { paths: ["/metrics", "/livez", "/readyz", "/page/*", "/api/methods/:name"] },
      },
    });
  }
});

it("an HTTP method that a path is not for is answered with those that it is for", async () => {
  const { url } = await face();
  for (const [method, path, allow] of [
    ["POST", "/metrics", "GET, HEAD"],
    ["DELETE", "/livez", "GET, HEAD"],
    ["OPTIONS", "/page/style.css", "GET, HEAD"],
    ["PURGE", "/metrics", "GET, HEAD"],
    ["GET", "/api/methods/greet", "POST"],
  ] as const) {
    const { status, headers, text } = await ask(`${url}${path}`, { method });
    expect([method, status, headers.allow]).toEqual([method, 405, allow]);
    expect(JSON.parse(text)).toMatchObject({ error: { code: "HTTP_METHOD_REFUSED" } });
  }
});

it("HEAD is GET without the body", async () => {
  const { url } = await face();
  const { status, headers, text } = await ask(`${url}/metrics`, { method: "HEAD" });
  expect([status, text]).toEqual([200, ""]);
  expect(headers["content-type"]).toMatch(/^text\/plain/);
});

it("GET with a body is refused before the body is there", async () => {
  const { port } = await face();
  const answer = await sendRaw(
    port,
    "GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nbegin",
  );
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain("GET takes no body.");
});
