import type { OutlineFault } from "../check-outline.ts";
import type { WrittenDeclaration } from "./shape.ts";

/** Keys that mean something only beside this other one. */
const NEEDS: Readonly<Record<string, "command" | "url">> = {
  mode: "command",
  environment: "command",
  user: "command",
  group: "command",
  headers: "url",
};

/** The key of a hub, device or policy: nothing of that kind belongs into a file that lies beside programs. */
const CONNECTION_STRING = /SharedAccess(Key|Signature)\s*=/i;
/** What hubhand says itself of each request, and what would contradict how it sends it. */
const OWN_HEADER = /^(hubhand-.*|content-length|transfer-encoding|connection|accept-encoding)$/i;

/** What JSON Schema does not say of a declaration: which keys go together, and what they may hold. */
export function declarationFault(written: WrittenDeclaration): OutlineFault | undefined {
  return together(written) ?? commandFault(written) ?? urlFault(written) ?? valueFault(written);
}

function together(written: WrittenDeclaration): OutlineFault | undefined {
  const { command, url, methods = {}, messages = {}, tasks = {} } = written;
  const fault = (path: readonly string[], message: string): OutlineFault => ({ path, message });
  if (command === undefined && url === undefined)
    return fault([], "it says neither command nor url: name a program to run, or a service to ask");
  if (command !== undefined && url !== undefined)
    return fault(["url"], "it says both command and url; keep one of them");
  for (const [key, other] of Object.entries(NEEDS))
    if (key in written && written[other] === undefined)
      return fault([key], `${key} means nothing without ${other}`);
  if ([methods, messages, tasks].every((each) => Object.keys(each).length === 0))
    return fault(
      [],
      "it has neither methods nor messages nor tasks; name at least one method: methods: { my-method: {} }",
    );
  return undefined;
}

function commandFault({ command }: WrittenDeclaration): OutlineFault | undefined {
  if (command === undefined) return undefined;
  const path = ["command"];
  const words = typeof command === "string" ? [command] : command.map(String);
  if (typeof command === "string" && /\s/.test(command.trim())) {
    const list = `[${command.trim().split(/\s+/).join(", ")}]`;
    return { path, message: `command is one text with spaces; no shell reads it. Write a list: ${list}` };
  }
  if ((words[0] ?? "").trim() === "") return { path, message: "command names no program" };
  if (words.some((word) => word.includes("\0")))
    return { path, message: "command holds a NUL character, which no program can be given" };
  return undefined;
}

function urlFault({ url }: WrittenDeclaration): OutlineFault | undefined {
  if (url === undefined) return undefined;
  const path = ["url"];
  const expected = 'expected one like "http://sidecar:8080/{method}"';
  if (!URL.canParse(url.replaceAll("{method}", "m"))) return { path, message: `url is no URL; ${expected}` };
  const { protocol, username, password } = new URL(url.replaceAll("{method}", "m"));
  if (protocol !== "http:" && protocol !== "https:")
    return { path, message: `url starts with ${protocol}; ${expected}` };
  if (username !== "" || password !== "")
    return { path, message: "url holds a user or password; put them into headers (authorization)" };
  return undefined;
}

function valueFault(written: WrittenDeclaration): OutlineFault | undefined {
  const { command, url, environment = {}, headers = {} } = written;
  for (const [key, value] of Object.entries({ command, url }))
    if (CONNECTION_STRING.test(JSON.stringify(value ?? null)))
      return { path: [key], message: `${key} holds a connection string; a plugin never gets one` };
  for (const [group, values] of Object.entries({ environment, headers })) {
    for (const [name, value] of Object.entries(values)) {
      const path = [group, name];
      const text = String(value);
      if (CONNECTION_STRING.test(text))
        return { path, message: `${group}.${name} holds a connection string; a plugin never gets one` };
      if (/^HUBHAND_/i.test(name) && group === "environment")
        return { path, message: `environment.${name}: names that start with HUBHAND_ are hubhand's own` };
      if (OWN_HEADER.test(name) && group === "headers")
        return { path, message: `headers.${name} is set by hubhand itself` };
      const unfit = group === "headers" ? /[^\t\x20-\x7e\x80-\xff]/ : /\0/;
      if (unfit.test(text))
        return { path, message: `${group}.${name} holds a character that cannot be sent` };
    }
  }
  return undefined;
}
