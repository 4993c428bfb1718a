// The health check of the demo's back end: whether the device answered in the last seconds.
//   node called-lately.mjs SECONDS
import { statSync } from "node:fs";

const called = statSync("/tmp/called", { throwIfNoEntry: false });
const seconds = called && Math.round((Date.now() - called.mtimeMs) / 1000);
if (seconds === undefined) process.stdout.write("no call was answered yet\n");
else process.stdout.write(`the last answer came ${seconds} s ago\n`);
process.exitCode = seconds !== undefined && seconds <= Number(process.argv[2]) ? 0 : 1;
