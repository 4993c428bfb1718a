import { expect, test } from "vitest";
import { shippedStart, startFrom } from "../../bench/peers/shipped.ts";

const DOCKERFILE = `FROM base AS other
ENTRYPOINT ["python3"]
ENV OF=another
FROM base
ENV A=1 B="two words" \\
    C=/app/dist/x
ENTRYPOINT ["node", "--flag", "/app/dist/main.js"]
CMD ["run"]
`;

test("what the bench starts is what the Dockerfile's last stage starts", () => {
  expect(shippedStart(DOCKERFILE)).toEqual({
    args: ["--flag", "/app/dist/main.js", "run"],
    env: { A: "1", B: "two words", C: "/app/dist/x" },
  });
});

test.each([
  ["no list", "FROM base\nENTRYPOINT node main.js\n", "no ENTRYPOINT that is a list"],
  ["another program", 'FROM base\nENTRYPOINT ["sh"]\nCMD ["run"]\n', "starts sh, and not node"],
])("%s is told", (_, dockerfile, told) => {
  expect(() => shippedStart(dockerfile)).toThrow(told);
});

test("the image's paths are those of the build that is measured", () => {
  const { args, env } = startFrom("/somewhere/dist");
  expect(args.slice(-2)).toEqual(["/somewhere/dist/main.js", "run"]);
  expect(env).toMatchObject({ NODE_ENV: "production", HUBHAND_LOG_FORMAT: "json" });
  expect([...args, ...Object.values(env)].filter((text) => text.includes("/app"))).toEqual([]);
});
