import { declaration, declaredTest } from "./declared.ts";
import type { NewFile } from "./new-plugin.ts";

/** A program that goes on, its declaration and its test. */
export function daemonFiles(name: string, language: "python" | "shell"): readonly NewFile[] {
  const [extension, text] = language === "shell" ? ["sh", SHELL] : ["py", PYTHON];
  return [
    { name: `${name}/${name}.${extension}`, text, runs: true },
    declaration(name, `command: ./${name}.${extension}\nmode: daemon`),
    declaredTest(name),
  ];
}

const PYTHON = `#!/usr/bin/env python3
"""One JSON object a line in, one a line out: docs/reference/daemon-protocol.md of hubhand."""
import json
import sys


def send(**message):
    print(json.dumps(message), flush=True)


def greet(payload):
    return {"greeting": "hello " + payload["name"]}


for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "start":
        # What must be there before the first call is made here, with message["settings"].
        send(type="ready")
    elif message["type"] == "call":
        try:
            send(type="reply", id=message["id"], payload=greet(message["payload"]))
        except Exception as error:
            send(type="error", id=message["id"], message=str(error))
`;

const SHELL = `#!/bin/sh
# One JSON object a line in, one a line out: docs/reference/daemon-protocol.md of hubhand.
text_of() { printf '%s' "$line" | sed -n 's/.*"'"$1"'":"\\([^"]*\\)".*/\\1/p'; }

while IFS= read -r line; do
  case $line in
    '{"type":"start"'*) echo '{"type":"ready"}' ;;
    '{"type":"call"'*) printf '{"type":"reply","id":"%s","payload":{"greeting":"hello %s"}}\\n' "$(text_of id)" "$(text_of name)" ;;
    '{"type":"stop"'*) exit 0 ;;
  esac
done
`;
