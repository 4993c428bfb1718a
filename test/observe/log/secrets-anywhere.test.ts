import fc from "fast-check";
import { expect, it } from "vitest";
import { cut } from "../../../src/cut.ts";
import { createLogRing } from "../../../src/observe/log/log-ring.ts";
import { createLogger } from "../../../src/observe/log/logger.ts";
import { createRedactor } from "../../../src/observe/log/redaction.ts";

const key = fc
  .uint8Array({ minLength: 32, maxLength: 64 })
  .map((bytes) => Buffer.from(bytes).toString("base64"));
const token = fc.string({
  unit: fc.constantFrom(..."abcdefghijkmnpqrstuvwxyzABCDEFGH0123456789-_.~"),
  minLength: 12,
  maxLength: 60,
});
/** A person's: with everything that some encoding changes. */
const password = fc.string({
  unit: fc.constantFrom(..."aZ3 %/+\\\"'&<>=?#:@;,{}[]nru\t\nüß€𝄞"),
  minLength: 12,
  maxLength: 40,
});
/** Dull ones, as aaaaaaaaaaaa, are in other texts by chance. */
const secret = fc
  .oneof(key, token, password)
  .filter((text) => new Set(text).size > 6 && text.trim() === text);

/** Ways by which a text gets into a value. */
const DISGUISES: Readonly<Record<string, (secret: string) => unknown>> = {
  plain: (text) => text,
  "in a sentence": (text) => `connect with ${text} and go on`,
  "in JSON": (text) => JSON.stringify({ secret: text }),
  "in JSON in JSON": (text) => JSON.stringify({ inner: JSON.stringify({ secret: text }) }),
  "URL-encoded": (text) => `?key=${encodeURIComponent(text)}&x=1`,
  "URL-encoded twice": (text) => encodeURIComponent(encodeURIComponent(text)),
  "URL-encoded in small letters": (text) =>
    encodeURIComponent(text).replaceAll(/%../g, (byte) => byte.toLowerCase()),
  hexadecimal: (text) => Buffer.from(text).toString("hex"),
  "in base64 within other bytes": (text) => Buffer.from(`user:${text}`).toString("base64"),
  "in base64 behind two bytes": (text) => Buffer.from(`ab${text}cd`).toString("base64url"),
  "as bytes": (text) => Buffer.from(text),
  "as numbers": (text) => [...Buffer.from(text)],
  "as a typed array": (text) => new Uint8Array(Buffer.from(text)),
  "in a list": (text) => [1, [text]],
  "in an error": (text) => new Error(`bad ${text}`, { cause: new Error(text) }),
  "as the name of a field": (text) => ({ [text]: 1 }),
  "in a map": (text) => new Map([[text, text]]),
  "in a set": (text) => new Set([text]),
  "in a text that is far too long": (text) => `${"x".repeat(7_000)}${text}${"y".repeat(60_000)}`,
  "after a backslash": (text) => `\\${text}\\`,
  "by toJSON": (text) => ({ toJSON: () => ({ text }) }),
};

const place = fc.constantFrom("message", "field", "err", "name", "binding", "deep", "format");

function traces(text: string): string[] {
  const inJson = JSON.stringify(text).slice(1, -1);
  return [
    text,
    inJson,
    encodeURIComponent(text),
    Buffer.from(text).toString("hex"),
    [...Buffer.from(text)].join(","),
  ];
}

it("a secret, however it is written and wherever it stands, is in no line and not in the ring; every line is JSON", async () => {
  await fc.assert(
    fc.asyncProperty(
      secret,
      fc.constantFrom(...Object.keys(DISGUISES)),
      place,
      fc.nat(40_000),
      async (text, disguise, where, before) => {
        const redactor = createRedactor([text]);
        const ring = createLogRing({ bytes: 100_000, redact: redactor.redact });
        const written: string[] = [];
        const destination = { write: (line: string) => void written.push(line) };
        const logger = await createLogger({ level: "info", format: "json", redactor, ring, destination });
        const value = DISGUISES[disguise]?.(text);
        const padding = "p".repeat(before);
        if (where === "message") logger.info(`${padding}${String(value)}`);
        if (where === "field") logger.info({ padding, value }, "text");
        if (where === "err")
          logger.error({ padding, err: Object.assign(new Error("bad"), { value }) }, "text");
        if (where === "name") logger.info({ padding, [String(value)]: value }, "text");
        if (where === "binding") logger.child({ padding, value }).info("text");
        if (where === "deep") logger.info({ padding, a: { b: [{ c: value }] } }, "text");
        if (where === "format") logger.info({}, "%s %j", padding, value as string);
        const all = [...written, ...ring.lines()];
        expect(all).toHaveLength(2);
        for (const line of all) {
          const shown = JSON.stringify(JSON.parse(line));
          for (const trace of traces(text)) {
            expect(line).not.toContain(trace);
            expect(shown).not.toContain(trace);
          }
        }
      },
    ),
    { numRuns: 150 },
  );
});

it("a secret at the very place where a long line is cut leaves no half of itself", async () => {
  const text = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";
  const redactor = createRedactor([text]);
  for (let before = 7_900; before < 8_400; before += 7) {
    const written: string[] = [];
    const destination = { write: (line: string) => void written.push(line) };
    const logger = await createLogger({ level: "info", format: "json", redactor, destination });
    logger.info(`${"x".repeat(before)}${text}${"y".repeat(50_000)}`);
    expect(written.join("")).not.toContain(text.slice(0, 4));
  }
});

it("a text that was cut within a secret before it came to the log ends before the secret", () => {
  fc.assert(
    fc.property(secret, fc.nat(), fc.constantFrom("text", "json", "url", "base64"), (text, at, how) => {
      const { redact } = createRedactor(["another-secret", text]);
      const written = {
        text,
        json: JSON.stringify(text).slice(1, -1),
        url: encodeURIComponent(text),
        // Its last characters depend on what follows.
        base64: Buffer.from(text).toString("base64").slice(0, -4),
      }[how];
      const half = written.slice(0, 6 + (at % (written.length - 6)));
      // Five characters of a secret are shown, and half a character never is.
      fc.pre(half.replace(/[\uD800-\uDBFF]$/, "").length > 5);
      const line = JSON.stringify({ level: "warn", reply: cut(`go: ${half}and more`, 4 + half.length) });
      const redacted = redact(line);
      expect(JSON.parse(redacted)).toEqual({ level: "warn", reply: "go: [secret]…" });
    }),
    { examples: [["aaaaaaa?\\\u{1d11e}\n[&", 4, "text"]] },
  );
});

it("whatever the secrets are, a line without any is the same afterwards", () => {
  fc.assert(
    fc.property(fc.array(secret, { maxLength: 4 }), fc.jsonValue(), (secrets, value) => {
      const { redact } = createRedactor(secrets.map((text) => `no-such-text-${text}`));
      const line = JSON.stringify({ level: "info", value });
      if (!/sig|SharedAccessKey|"0":|"Buffer"/i.test(line)) expect(redact(line)).toBe(line);
    }),
  );
});

it("a secret that is a piece of JSON's own signs never spoils a line", () => {
  const nasty = [
    '","msg":"x',
    '{"level":"info',
    "nabcdefgh",
    "u001babcdef",
    "\\\\\\\\\\\\\\\\",
    '"},"err":{"',
    "\\nabcdefg",
  ];
  for (const text of nasty) {
    const { redact } = createRedactor([text]);
    for (const value of [text, `\n${text}`, `\u001b${text}`, `\\${text}`, "\nabcdefgh", "\u001babcdef"]) {
      const line = `${JSON.stringify({ level: "info", time: "t", value, err: { message: value }, msg: "x" })}\n`;
      expect(() => JSON.parse(redact(line))).not.toThrow();
    }
  }
});
