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

/** The text without keys, tokens and signatures, cut to `limit` characters. */
export function masked(text: string, { limit }: { limit: number }): string {
  let shown = plain(text.slice(0, WINDOW));
  for (const secret of SECRETS) shown = shown.replace(secret, `$1${MASK}`);
  return shown.length <= limit && text.length <= WINDOW ? shown : `${shown.slice(0, limit)}…`;
}

/** The same of bytes that may be no text at all. */
export function maskedBytes(bytes: Buffer, options: { limit: number }): string {
  const text = bytes.subarray(0, 4 * WINDOW).toString("utf8");
  // U+FFFD stands for what is not UTF-8.
  if (text.slice(0, options.limit).includes("\uFFFD")) return `${bytes.length} bytes that are no text`;
  return masked(text, options);
}

/** The name of a key may be spelt with escapes: those of plain letters and signs are undone, save quote and backslash. */
function plain(text: string): string {
  return text.replace(/\\+u00([2-7][\da-f])/gi, (spelt, code: string) => {
    const sign = String.fromCharCode(Number.parseInt(code, 16));
    return sign === '"' || sign === "\\" ? spelt : sign;
  });
}
