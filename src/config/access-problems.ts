import type { Entry } from "./secrets.ts";

/** Shorter ones are guessed, and shorter than eight are not recognised where they must not be shown. */
const SHORTEST = { "observe.password": 8, "observe.token": 16, "observe.controlToken": 16 };

/** RFC 7617 has no way to write these in a name or a password. */
const CONTROL = /\p{Cc}/u;

/** Who may look: what would let nobody in, or everybody where somebody thinks that it does not. */
export function accessProblems(settled: ReadonlyMap<string, Entry>): string[] {
  return [...tlsProblems(settled), ...usernameProblems(settled), ...secretProblems(settled)];
}

function tlsProblems(settled: ReadonlyMap<string, Entry>): string[] {
  const [certificate, key] = ["observe.tls.certificateFile", "observe.tls.keyFile"].map((name) =>
    settled.get(name),
  );
  if (!certificate || !key || (certificate.value === null) === (key.value === null)) return [];
  const [set, missing] = certificate.value === null ? [key, certificate] : [certificate, key];
  return [
    `${set.key.name}: it is set (${set.origin}), and ${missing.key.name} is not. HTTPS needs both; without both it is HTTP.`,
  ];
}

function usernameProblems(settled: ReadonlyMap<string, Entry>): string[] {
  const username = settled.get("observe.username");
  if (username === undefined || username.value === username.key.setting.default) return [];
  const where = `observe.username: it is set (${username.origin}), and`;
  if (settled.get("observe.password")?.value === null)
    return [`${where} there is no observe.password: nobody would be asked for either. Set that too.`];
  const name = String(username.value);
  if (!name.includes(":") && !CONTROL.test(name)) return [];
  return [`${where} has a colon or a control character, which no browser can send. Choose another.`];
}

function secretProblems(settled: ReadonlyMap<string, Entry>): string[] {
  return Object.entries(SHORTEST).flatMap(([name, shortest]) => {
    const { value = null, origin } = settled.get(name) ?? {};
    if (value === null) return [];
    const text = String(value);
    const what = `${name}: the text of ${origin} (not shown)`;
    if (text.length < shortest)
      return [`${what} is too short. Take ${shortest} characters or more, such as of openssl rand -hex 16.`];
    if (name === "observe.password" && CONTROL.test(text))
      return [`${what} has a control character, which no browser can send. Take it out.`];
    // It is sent in a header, and what surrounds it there is cut off.
    if (name !== "observe.password" && !/^[!-~]+$/.test(text))
      return [`${what} has a space or a letter beyond ASCII, which no header can hold. Take it out.`];
    return [];
  });
}
