import type { Duplex } from "node:stream";

/** The time of a Date header: by the hub's own clock, so that a device whose clock is wrong learns what time it is. */
export function httpDate(now: number): string {
  const second = Math.floor(now / 1000);
  if (second !== written.second) written = { second, text: new Date(second * 1000).toUTCString() };
  return written.text;
}

/** The last that was asked for: a busy hub says the same second many times. */
let written = { second: 0, text: "Thu, 01 Jan 1970 00:00:00 GMT" };

/** Answers on a socket that Node has no response object for, and closes it. `status` is `404 Not Found`. */
export function endWithStatus(socket: Duplex, options: { status: string; now: number }): void {
  const { status, now } = options;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const head = [`HTTP/1.1 ${status}`, "Connection: close", "Content-Length: 0", `Date: ${httpDate(now)}`];
  // Sockets of an HTTP server may stay half open: one whose other side never closes would stay for ever.
  socket.end(`${head.join("\r\n")}\r\n\r\n`, () => socket.destroy());
}
