const CENSORED = "[secret]";

/** Shorter texts are no secrets, but parts of words. */
const SHORTEST = 8;

/**
 * What looks like a secret of IoT Hub, even one we were never told of: `SharedAccessKey=…` of a connection string,
 * `sig=…` of a token (also URL-encoded), and either as a key of a logged object.
 */
const SECRET_SHAPES =
  /((?:SharedAccessKey|(?<![a-z])sig)(?:\s*(?:=|%3D)\s*(?:\\*")?|\\*"\s*:\s*\\*"))[^;&\s"\\,]+/gi;

/** Works on the finished line: whatever path a secret took into it, it does not leave. */
export function createRedactor(secrets: readonly string[]): (line: string) => string {
  const forms = [...new Set(secrets.flatMap(formsOf))].filter((form) => form.length >= SHORTEST);
  // Longest first: a key inside its connection string must not leave the rest of it standing.
  forms.sort((a, b) => b.length - a.length);
  return (line) => {
    let clean = line;
    for (const form of forms) if (clean.includes(form)) clean = clean.replaceAll(form, CENSORED);
    return clean.replaceAll(SECRET_SHAPES, `$1${CENSORED}`);
  };
}

/** A secret as it is, URL-encoded, as JSON writes it, and without the `=` that careless splitting takes off a key. */
function formsOf(secret: string): string[] {
  const bare = secret.replace(/=+$/, "");
  return [secret, bare].flatMap((form) => [
    form,
    encodeURIComponent(form),
    JSON.stringify(form).slice(1, -1),
  ]);
}
