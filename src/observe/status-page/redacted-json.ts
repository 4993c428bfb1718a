type Redact = (text: string) => string;

/**
 * A value as JSON, without secrets. The whole text is looked at, once; text by text only if something was found, for a secret
 * that looks like a number would leave JSON that is none.
 */
export function redactedJson(value: unknown, redact: Redact): string {
  const text = JSON.stringify(value);
  return redact(text) === text ? text : textByText(value, redact);
}

/** The same of what is JSON already. */
export function redactedText(json: string, redact: Redact): string {
  return redact(json) === json ? json : textByText(JSON.parse(json), redact);
}

const textByText = (value: unknown, redact: Redact): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === "string" ? redact(each) : each));
