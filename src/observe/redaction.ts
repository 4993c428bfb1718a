const CENSORED = "[secret]";

/** Shorter texts are no secrets, but parts of words. */
const SHORTEST = 8;

/**
 * What looks like a secret of IoT Hub, even one we were never told of: `SharedAccessKey=…` of a connection string,
 * `sig=…` of a token (also URL-encoded), and either as a key of a logged object. No secret begins with what can follow
 * the end of a text in JSON: of a text that ends in `sig=` nothing may be taken but its own letters.
 */
const SECRET_SHAPES =
  /((?:SharedAccessKey|(?<![a-z])sig)(?:\s*(?:=|%3D)\s*(?:\\*")?|\\*"\s*:\s*\\*"|\s*:\s*'))(?![}\]:])[^;&\s"'\\,]+/gi;

const BASE64 = /^[A-Za-z0-9+/]+=*$/;

/** Works on the finished line: whatever path a secret took into it, it does not leave. */
export interface Redactor {
  /** From now on this text is in no line: a key that was renewed, or derived of another. */
  hide(secret: string): void;
  redact(line: string): string;
}

/** @param secrets those that are known from the start */
export function createRedactor(secrets: readonly string[] = []): Redactor {
  const known = new Set<string>();
  let forms: string[] = [];
  const hide = (secret: string): void => {
    if (known.has(secret)) return;
    known.add(secret);
    const added = formsOf(secret).filter((form) => form.length >= SHORTEST);
    // Longest first: a key inside its connection string must not leave the rest of it standing.
    forms = [...new Set([...forms, ...added])].sort((a, b) => b.length - a.length);
  };
  for (const secret of secrets) hide(secret);
  return {
    hide,
    redact(line) {
      let clean = line;
      for (const form of forms) if (clean.includes(form)) clean = clean.replaceAll(form, CENSORED);
      return clean.replaceAll(SECRET_SHAPES, `$1${CENSORED}`);
    },
  };
}

/**
 * A secret as it is, URL-encoded, as JSON writes it, and without the `=` that careless splitting takes off a key. Of a
 * key also the pieces between the characters that encodings change: whatever was done to those, the pieces remain.
 */
function formsOf(secret: string): string[] {
  const bare = secret.replace(/=+$/, "");
  const whole = [secret, bare].flatMap((form) => [
    form,
    encodeURIComponent(form),
    JSON.stringify(form).slice(1, -1),
  ]);
  return BASE64.test(secret) ? [...whole, ...bare.split(/[+/]/)] : whole;
}
