import { once } from "node:events";

/** A script that V8 has, which is no part of Node. */
export interface Script {
  readonly url: string;
  /** Characters. */
  readonly length: number;
}

export interface Inspector extends Disposable {
  /** All that the main thread has loaded so far. */
  scripts(): Promise<Script[]>;
  /** Bytes, after everything that nobody holds was thrown away. */
  heapInUse(): Promise<number>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  /** Of Debugger.scriptParsed. */
  readonly params?: Script;
  /** Of Runtime.getHeapUsage. */
  readonly result?: { readonly usedSize?: number };
}

/** Asks a Node that was started with --inspect what is inside (the Chrome DevTools protocol). */
export async function inspect(url: string): Promise<Inspector> {
  const socket = new WebSocket(url);
  await once(socket, "open");
  const waiting = new Map<number, (message: Message) => void>();
  const scripts: Script[] = [];
  socket.addEventListener("message", ({ data }) => {
    const message: Message = JSON.parse(String(data));
    if (message.method === "Debugger.scriptParsed" && message.params) scripts.push(message.params);
    if (message.id !== undefined) waiting.get(message.id)?.(message);
  });
  let asked = 0;
  function ask(method: string): Promise<Message> {
    asked += 1;
    socket.send(JSON.stringify({ id: asked, method }));
    return new Promise((resolve) => waiting.set(asked, resolve));
  }

  return {
    async scripts() {
      scripts.length = 0;
      // Tells of all that there are before it is answered. Enabled, it would keep what V8 throws away.
      await ask("Debugger.enable");
      await ask("Debugger.disable");
      return scripts.filter((script) => script.url.startsWith("file:") || script.url.startsWith("/"));
    },
    async heapInUse() {
      await ask("HeapProfiler.collectGarbage");
      return (await ask("Runtime.getHeapUsage")).result?.usedSize ?? Number.NaN;
    },
    [Symbol.dispose]: () => socket.close(),
  };
}
