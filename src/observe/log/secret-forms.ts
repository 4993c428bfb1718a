const BASE64 = /^[A-Za-z0-9+/]+=*$/;

/**
 * A secret as it may stand in a line: as it is, URL-encoded (once or twice), as JSON writes it (once, twice, or a JSON
 * text in that), as hexadecimal digits, within other bytes in base64, and without the `=` that careless splitting
 * takes off a key. Of a key also the pieces between the characters that encodings change: whatever was done to those,
 * the pieces remain.
 */
export function formsOf(secret: string): string[] {
  const bare = secret.replace(/=+$/, "");
  const whole = [secret, bare].flatMap((form) => {
    const url = encoded(form);
    const json = asJson(form);
    const jsons = [json, asJson(json), asJson(asJson(json))];
    return [form, url, smallEscapes(url), encoded(url), encodeURI(wellFormed(form)), ...jsons, asHtml(form)];
  });
  const bytes = Buffer.from(secret);
  const others = [
    bytes.join(","),
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
    ...withinBase64(bytes),
  ];
  const pieces = BASE64.test(secret) ? bare.split(/[+/]/) : [];
  return [...whole, ...others, ...pieces];
}

const asJson = (text: string): string => JSON.stringify(text).slice(1, -1);

/** Half a pair has no UTF-8. */
const wellFormed = (text: string): string => text.replaceAll(/\p{Surrogate}/gu, "\uFFFD");

const encoded = (text: string): string => encodeURIComponent(wellFormed(text));

const smallEscapes = (text: string): string => text.replaceAll(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase());

const asHtml = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (sign) => `&${{ "&": "amp", "<": "lt", ">": "gt", '"': "quot" }[sign]};`);

/**
 * What bytes look like in base64 wherever in other bytes they begin, but for the characters at either end that depend
 * on their neighbours: `user:password` of a basic authentication holds its password so.
 */
function withinBase64(bytes: Buffer): string[] {
  const forms = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replaceAll("=", "");
    const bits = (before + bytes.length) * 8;
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(bits / 6));
  });
  return forms.flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_"), encoded(form)]);
}
