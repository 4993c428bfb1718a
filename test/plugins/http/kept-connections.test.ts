import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createHttpBench } from "./bench.ts";

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
