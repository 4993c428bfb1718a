import { once } from "node:events";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";

/** A thread that sends back what it gets, and nothing else: no way to another thread is faster. */
export function openGround(): { port: MessagePort; stop(): Promise<void> } {
  const { port1: port, port2 } = new MessageChannel();
  const source = `require("node:worker_threads").workerData.on("message", function (message) { this.postMessage(message); });`;
  const worker = new Worker(source, { eval: true, workerData: port2, transferList: [port2] });
  return {
    port,
    async stop() {
      await worker.terminate();
      port.close();
    },
  };
}

/** One message there and back. */
export function echoOver(port: MessagePort): () => Promise<void> {
  port.setMaxListeners(0);
  return async () => {
    port.postMessage({ id: 1, payload: { on: true } });
    await once(port, "message");
  };
}
