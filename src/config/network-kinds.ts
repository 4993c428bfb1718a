import { type Kind, textKind, Unfit } from "./kinds.ts";

/** A host name with an optional port. */
export function hostAndPort(): Kind<string> {
  const name = "a host name, with a port if it is not the usual one";
  return textKind(name, "host", (text) => {
    const [, port] = /^[a-z\d](?:[a-z\d.-]*[a-z\d])?(?::(\d{1,5}))?$/i.exec(text) ?? [undefined, "0"];
    const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= 65_535);
    // What ends in a number is read as an IP address, and 1.2.3.999 is none.
    if (isPort && URL.canParse(`https://${text}`)) return;
    throw new Unfit(name, "Write it without scheme and path.");
  });
}

/** The URL of an HTTP proxy. Hidden, since it may hold a password. */
export function proxyUrl(): Kind<string> {
  const name = "the URL of an HTTP proxy, such as http://proxy.example:3128";
  const advice =
    "Characters of a user or password that a URL gives a meaning are written %-encoded: @ is %40, : is %3A, / is %2F.";
  return textKind(
    name,
    "url",
    (text) => {
      const url = URL.parse(text);
      if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === "")
        throw new Unfit(name, advice);
    },
    { hidden: true },
  );
}
