// A daemon that replies with its payload (docs/reference/daemon-protocol.md).
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
  const { type, id, payload } = JSON.parse(line);
  if (type === "start") process.stdout.write('{"type":"ready"}\n');
  if (type === "call") process.stdout.write(`${JSON.stringify({ type: "reply", id, payload })}\n`);
  if (type === "stop") break;
}
process.exit();
