import { createHash, timingSafeEqual } from "node:crypto";

/** The settings of `observe` that say who may look. */
export interface Credentials {
  readonly username: string;
  readonly password: string | null;
  readonly token: string | null;
  /** Whoever may do things may look. */
  readonly controlToken: string | null;
}

/** The header for those who look with a password and do things with a token. */
export const CONTROL_HEADER = "x-hubhand-control-token";

export interface CredentialsCheck {
  /** Whether any are asked for. */
  readonly wanted: boolean;
  /** What to ask with: WWW-Authenticate (RFC 7617, RFC 6750). */
  readonly challenge: string;
  /** @param header gives a header of the request, as Node reads it: one character a byte */
  look(header: (name: string) => string | undefined): "right" | "wrong" | "none";
}

/** Compares what a request brings along with what is set, in a time that tells nothing of either. */
export function createCredentialsCheck(credentials: Credentials): CredentialsCheck {
  const { username, password, token, controlToken } = credentials;
  const tokens = [token, controlToken].filter((text) => text !== null).map(digest);
  const login = password === null ? undefined : digest(`${username}:${password}`.normalize());
  return {
    wanted: password !== null || token !== null,
    challenge: login === undefined ? 'Bearer realm="hubhand"' : 'Basic realm="hubhand", charset="UTF-8"',
    look(header) {
      const [authorization, control] = [header("authorization"), header(CONTROL_HEADER)];
      if (authorization === undefined && control === undefined) return "none";
      const [, scheme = "", given = ""] = /^(\S+) +(.*)$/.exec(authorization ?? "") ?? [];
      const isRight = [
        // Each is looked at, whichever was right: the time tells nothing.
        /^basic$/i.test(scheme) && isOneOf(login === undefined ? [] : [login], decoded(given)),
        /^bearer$/i.test(scheme) && isOneOf(tokens, Buffer.from(given, "latin1")),
        control !== undefined &&
          controlToken !== null &&
          isOneOf([digest(controlToken)], Buffer.from(control, "latin1")),
      ].includes(true);
      return isRight ? "right" : "wrong";
    },
  };
}

/** Of one length whatever it is of, as a comparison in constant time needs it. */
export const digest = (text: string | Buffer): Buffer => createHash("sha256").update(text).digest();

function isOneOf(known: readonly Buffer[], given: Buffer | string): boolean {
  const found = digest(given);
  return known.filter((one) => timingSafeEqual(one, found)).length > 0;
}

/** Name and password as they were typed: an é may be one character or two. */
const decoded = (given: string): string => Buffer.from(given, "base64").toString("utf8").normalize();
