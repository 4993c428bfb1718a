import { Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";
import { isMainThread, type MessagePort, workerData } from "node:worker_threads";
import { CHANNEL_FD, type FromPlugin, type ToPlugin } from "../protocol.ts";
import { closeDoors } from "./close-doors.ts";

// Taken before the plugin could put something else in their place.
const { parse, stringify } = JSON;

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
  return isMainThread ? overProcess(process.argv[2] ?? "") : overPort(workerData as ThreadData);
}

function overPort({ port, file }: ThreadData): Channel {
  closeDoors();
  return { file, post: port.postMessage.bind(port), listen: port.on.bind(port, "message") };
}

/** Lines of JSON, as Node's own channel takes whatever comes, however long, and fails where nobody can catch it. */
function overProcess(file: string): Channel {
  const socket = new Socket({ fd: CHANNEL_FD });
  const write = socket.write.bind(socket);
  const end = process.exit.bind(process, 0);
  // An agent that is gone needs no plugins.
  socket.on("close", end);
  socket.on("error", end);
  Object.assign(process, { argv: process.argv.slice(0, 1) });
  return {
    file,
    post: (message) => void write(`${stringify(message)}\n`),
    listen(receive) {
      const decoder = new StringDecoder("utf8");
      let rest = "";
      socket.on("data", (chunk: Buffer) => {
        const lines = (rest + decoder.write(chunk)).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) receive(parse(line) as ToPlugin);
      });
    },
  };
}
