import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createHttpBench, startService } from "./bench.ts";

const cleanUp = cleanUpAfterEach();

it("a kept connection that was reset meanwhile costs no call: nothing of it was sent, so it is sent anew", async () => {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("./fixtures/resetting-service.ts", import.meta.url), {
    workerData: flag.buffer,
  });
  cleanUp.add(() => worker.terminate());
  const [port] = (await once(worker, "message")) as [number];
  const bench = await createHttpBench(cleanUp, { url: `http://127.0.0.1:${port}` });
  expect(await bench.call("side.do")).toEqual({ status: 200, body: 1 });
  worker.postMessage("reset");
  // This thread sees nothing of the reset before it calls, as if it had been busy.
  Atomics.wait(flag, 0, 0);
  expect(await bench.call("side.do")).toEqual({ status: 200, body: 2 });
});

it("calls over one kept connection leave nothing behind on it", async () => {
  const service = await startService(cleanUp, (response) => response.end("1"));
  const warnings: string[] = [];
  const warned = ({ name }: Error): unknown => warnings.push(name);
  process.on("warning", warned);
  cleanUp.add(() => process.off("warning", warned));
  const bench = await createHttpBench(cleanUp, { url: service.url });
  for (let call = 0; call < 20; call += 1)
    expect(await bench.call("side.do")).toEqual({ status: 200, body: 1 });
  expect(service.connections).toBe(1);
  // Node tells of more than ten listeners of a kind.
  expect(warnings).toEqual([]);
});
