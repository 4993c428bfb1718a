import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A free port of 127.0.0.1 that stays free while nobody of this test listens on it. Those that the system gives out
 * for 0 (Linux: 32768 and above) are lent to somebody else meanwhile, now and then: other tests run beside this one.
 */
export async function lastingPort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    const server = createServer().listen({ port, host: "127.0.0.1" });
    try {
      await once(server, "listening");
    } catch {
      continue; // Somebody has it.
    }
    server.close();
    await once(server, "close");
    return port;
  }
  throw new Error("no free port between 15000 and 32000");
}
