import { declaration, declaredTest } from "./declared.ts";
import type { NewFile } from "./new-plugin.ts";

/** A service in a container of its own, the declaration of where it is, and a test that starts it. */
export function httpFiles(name: string, language: "javascript" | "python"): readonly NewFile[] {
  const [file, text, program] =
    language === "python"
      ? ["service.py", python(name), '"python3"']
      : ["service.mjs", javascript(name), "process.execPath"];
  return [
    { name: `${name}/${file}`, text },
    declaration(
      name,
      `# In a container of its own, which runs ${file}: the service's name in Compose, http://${name}:8080/{method}\nurl: http://127.0.0.1:8080/{method}`,
    ),
    declaredTest(name, {
      imports: `import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
`,
      before: `  const file = fileURLToPath(new URL("${file}", import.meta.url));
  const service = spawn(${program}, [file], { env: { ...process.env, PORT: "0" }, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => service.kill());
  // It prints the port that it was given.
  const [port] = await once(service.stdout.setEncoding("utf8"), "data");
`,
      options: `, { url: \`http://127.0.0.1:\${port.trim()}/{method}\` }`,
    }),
  ];
}

const javascript = (
  name: string,
): string => `// Each call is a POST of its payload; what is answered is the reply.
import { createServer } from "node:http";

const methods = {
  "${name}.greet": ({ name }) => ({ greeting: \`hello \${name}\` }),
};

const server = createServer(async (request, response) => {
  const answer = (status, payload) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(payload));
  };
  const method = methods[decodeURIComponent(request.url.slice(1))];
  if (method === undefined) return answer(404, { problem: "there is no such method" });
  let body = "";
  for await (const part of request.setEncoding("utf8")) body += part;
  try {
    answer(200, await method(JSON.parse(body)));
  } catch (error) {
    answer(500, { problem: error.message });
  }
});
// In a container of its own: HOST=0.0.0.0.
server.listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? "127.0.0.1", () => console.log(server.address().port));
process.on("SIGTERM", () => process.exit());
`;

const python = (
  name: string,
): string => `"""Each call is a POST of its payload; what is answered is the reply."""
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


def greet(payload):
    return {"greeting": "hello " + payload["name"]}


METHODS = {"${name}.greet": greet}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # So that connections are kept.

    def do_POST(self):
        payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        method = METHODS.get(unquote(self.path[1:]))
        if method is None:
            self.answer(404, {"problem": "there is no such method"})
            return
        try:
            self.answer(200, method(payload))
        except Exception as error:
            self.answer(500, {"problem": str(error)})

    def answer(self, status, payload):
        body = json.dumps(payload).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


# In a container of its own: HOST=0.0.0.0.
address = (os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", 8080)))
server = ThreadingHTTPServer(address, Handler)
print(server.server_port, flush=True)
server.serve_forever()
`;
