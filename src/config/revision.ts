import { type Kind, textKind, Unfit } from "./kinds.ts";

const EXPECTED = "a name of at most 128 printable characters without spaces";

/** What the operator calls what runs: a tag, a digest, a commit. It is a label of a metric and a text of the twin. */
export function revision(): Kind<string> {
  return textKind(EXPECTED, "name", (text) => {
    if (!/^[!-~]{1,128}$/.test(text)) throw new Unfit(EXPECTED);
  });
}
