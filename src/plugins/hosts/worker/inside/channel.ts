import { type MessagePort, workerData } from "node:worker_threads";
import type { FromPlugin, ToPlugin } from "../protocol.ts";
import { closeDoors } from "./close-doors.ts";

/** What a thread is given. */
export interface ThreadData {
  readonly port: MessagePort;
  readonly file: string;
}

export interface Channel {
  /** The plugin's file. */
  readonly file: string;
  post(message: FromPlugin): void;
  /** Call it once. */
  listen(receive: (message: ToPlugin) => void): void;
}

/** The way to the agent, which is nobody's but ours from now on. */
export function openChannel(): Channel {
  if (process.send === undefined) return overPort(workerData as ThreadData);
  return overProcess(process.argv[2] ?? "");
}

function overPort({ port, file }: ThreadData): Channel {
  closeDoors();
  // Bound before the plugin could put something else in their place.
  return { file, post: port.postMessage.bind(port), listen: port.on.bind(port, "message") };
}

function overProcess(file: string): Channel {
  const send = process.send?.bind(process);
  const on = process.on.bind(process);
  // An agent that is gone needs no plugins.
  on("disconnect", process.exit.bind(process, 0));
  Object.assign(process, { send: undefined, argv: process.argv.slice(0, 1) });
  return {
    file,
    post: (message) => void send?.(message),
    listen: (receive) => void on("message", (message) => receive(message as ToPlugin)),
  };
}
