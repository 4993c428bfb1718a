import { chmod, writeFile } from "node:fs/promises";
import path from "node:path";

/** Answers well, badly, slowly and one after the other; works, fails and hears. */
const WORKER = `
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export default {
  isolate: false,
  version: "1.2.3",
  methods: {
    quick: (payload) => payload,
    failing: () => { throw new Error("no valve"); },
    slow: async () => { await pause(300); return "at last"; },
    oneAtATime: { concurrency: 1, handler: async () => { await pause(100); return "done"; } },
    filled: { schema: { type: "object", required: ["litres"] }, handler: () => "full" },
    watered: (_, { job }) => { job(async () => { await pause(50); return { watered: 3 }; }); },
    again: (_, { reply }) => { reply(200, 1); reply(200, 2); },
  },
  messages: { valve: async () => { await pause(300); } },
  tasks: {
    tidy: { every: "1s", run() {} },
    failing: { every: "1s", run() { throw new Error("no broom"); } },
    nightly: { every: "1h", catchUp: "once", run() {} },
  },
};`;

/** Serves, and ends soon after each start. */
const RESTLESS = `#!/bin/sh
read -r line
echo '{"type":"ready"}'
sleep 0.3
exit 1
`;

/** Tells the hub more than a small outbox holds. */
const TALKATIVE = `export default { isolate: false, tasks: { tell: { every: "1s", run(context) {
  for (let number = 0; number < 20; number += 1) context.telemetry.send({ number }).catch(() => {});
} } } };`;

/** A folder with plugins that serve, one that is broken, and one that is restarted again and again. */
export async function writeMixedPlugins(folder: string): Promise<string> {
  await writeFile(path.join(folder, "worker.mjs"), WORKER);
  await writeFile(path.join(folder, "broken.mjs"), 'throw new Error("no valve");\n');
  await writeFile(path.join(folder, "restless.sh"), RESTLESS);
  await chmod(path.join(folder, "restless.sh"), 0o755);
  await writeFile(
    path.join(folder, "restless.plugin.yaml"),
    'command: ./restless.sh\nmode: daemon\nmethods:\n  restless.any:\n    schema: { type: "null" }\n',
  );
  return folder;
}

export async function writeTalkativePlugin(folder: string): Promise<string> {
  await writeFile(path.join(folder, "talkative.mjs"), TALKATIVE);
  return folder;
}
