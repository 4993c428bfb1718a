import { NODE } from "../folder.ts";

/**
 * A daemon in the least that it takes: `answer(message, send)` is asked for each call and task, and `send` says a line.
 * @param code the body of `answer`
 */
export const daemon = (code: string, start = 'send({ type: "ready" });'): string => `${NODE}
const send = (message) => process.stdout.write(JSON.stringify(message) + "\\n");
const reply = (message, payload, status) => send({ type: "reply", id: message.id, payload, status });
let settings;
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line);
  if (message.type === "start") { settings = message.settings; ${start} }
  else answer(message);
}).on("close", () => process.exit(0));
function answer(message) { ${code} }
`;

/** Its declaration, with a method for each name. */
export const declareDaemon = (file: string, methods = "x: { timeout: 5s }", more = ""): string =>
  `command: ./${file}\nmode: daemon\nmethods: { ${methods} }\n${more}`;
