const MASK = "***";
/** As much of a text as is looked at for secrets, before it is cut to what is shown. */
const WINDOW = 16_384;
const NAMES = "primaryKey|secondaryKey|symmetricKey|sharedAccessKey|sharedAccessSignature|password|sasToken";

/** Each finds a secret; what stands before it is kept. */
const SECRETS = [
  // A value in JSON; and in JSON that is a text within JSON, whose quotes have backslashes.
  new RegExp(String.raw`("(?:${NAMES})"\s*:\s*")(?:\\.|[^"\\])*`, "gi"),
  new RegExp(String.raw`(\\+"(?:${NAMES})\\+"\s*:\s*\\+")[^"]*`, "gi"),
  // In connection strings.
  /(\bSharedAccessKey\s*=\s*)[^;\s"'\\]*/gi,
  // Tokens, as a header, in a topic, in a path: all of them, and where only a part is left, its signature.
  /(\bSharedAccessSignature(?:\s|%20|\+)+)[^\s"'\\]*/gi,
  /((?:\b|%26|&)sig(?:=|%3D))[^&\s"'\\]*/gi,
];

/** The text without keys, tokens and signatures; cut to `limit` characters, with how long it was. */
export function masked(text: string, { limit }: { limit: number }): string {
  let shown = text.slice(0, WINDOW);
  for (const secret of SECRETS) shown = shown.replace(secret, `$1${MASK}`);
  if (shown.length <= limit && text.length <= WINDOW) return shown;
  return `${shown.slice(0, limit)}… (${text.length} characters)`;
}

/** The same of bytes that may be no text at all. */
export function maskedBytes(bytes: Buffer, options: { limit: number }): string {
  const text = bytes.subarray(0, 4 * WINDOW).toString("utf8");
  // U+FFFD stands for what is not UTF-8.
  if (text.slice(0, options.limit).includes("\uFFFD")) return `${bytes.length} bytes that are no text`;
  return masked(plain(text), options);
}

/** A key's name may be spelt with escapes: JSON that has some is spelt anew. */
function plain(text: string): string {
  if (!text.includes("\\u")) return text;
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}
