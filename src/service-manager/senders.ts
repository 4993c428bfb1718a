import { execFile } from "node:child_process";
import { fstatSync, write } from "node:fs";
import { promisify } from "node:util";
import { messageOf } from "../errors.ts";
import type { Invitation } from "./invitation.ts";

/** Sends a message to the service manager: lines of `NAME=value`. Rejects if it cannot be sent. */
export type Send = (message: string) => Promise<void>;

/** systemd-notify waits for an answer; a service manager that gives none must not have programs of ours pile up. */
const PROGRAM_LIMIT_MS = 10_000;

/**
 * The cheapest way that there is: the socket that the service manager has connected for us, or Debian's program, as Node
 * knows no datagrams of Unix sockets (docs/decisions/0029-…).
 */
export function chooseSend({ socket, descriptor }: Invitation, path: string | undefined): Send {
  return descriptor !== undefined && isSocket(descriptor)
    ? byDescriptor(descriptor)
    : byProgram(socket, path);
}

function isSocket(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isSocket();
  } catch {
    return false;
  }
}

/** What is written to a connected datagram socket goes out as one datagram. It is not written in the event loop: it may block. */
function byDescriptor(descriptor: number): Send {
  const writeTo = promisify(write);
  return async (message) => {
    await writeTo(descriptor, message);
  };
}

function byProgram(socket: string, path = "/usr/bin:/bin"): Send {
  const run = promisify(execFile);
  return async (message) => {
    const options = { env: { PATH: path, NOTIFY_SOCKET: socket }, timeout: PROGRAM_LIMIT_MS };
    try {
      await run("systemd-notify", message.split("\n"), options);
    } catch (error) {
      throw new Error(whyNot(error), { cause: error });
    }
  };
}

function whyNot(error: unknown): string {
  if (error instanceof Error && "code" in error && error.code === "ENOENT")
    return "there is no program systemd-notify (Debian's package systemd has it)";
  if (error instanceof Error && "killed" in error && error.killed === true)
    return `systemd-notify did not end within ${PROGRAM_LIMIT_MS / 1_000} s`;
  return messageOf(error);
}
