import { declaration, declaredTest } from "./declared.ts";
import type { NewFile } from "./new-plugin.ts";

/** A program that is started for each call, its declaration and its test. */
export function executableFiles(name: string, language: "shell" | "python"): readonly NewFile[] {
  const [extension, text] = language === "shell" ? ["sh", SHELL] : ["py", PYTHON];
  return [
    { name: `${name}/${name}.${extension}`, text, runs: true },
    declaration(name, `command: ./${name}.${extension}`),
    declaredTest(name),
  ];
}

const SHELL = `#!/bin/sh
# JSON in on standard input, JSON out on standard output; standard error is the log.
set -eu

# Enough for a text without quotes, which is all that the schema lets through; jq reads the rest.
name=$(sed -n 's/.*"name":"\\([^"]*\\)".*/\\1/p')

echo "greeting $name" >&2
printf '{"greeting":"hello %s"}\\n' "$name"
`;

const PYTHON = `#!/usr/bin/env python3
"""JSON in on standard input, JSON out on standard output; standard error is the log."""
import json
import sys

payload = json.load(sys.stdin)
print("greeting", payload["name"], file=sys.stderr)
print(json.dumps({"greeting": "hello " + payload["name"]}))
`;
