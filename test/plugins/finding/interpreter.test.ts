import { chmod, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { checkInterpreter } from "../../../src/plugins/finding/interpreter.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

/** What is said of a program that begins so; `here` is a program in PATH. */
async function told(text: string | Buffer): Promise<string> {
  const folder = await cleanUp.folder();
  const file = path.join(folder, "x");
  await writeFile(path.join(folder, "here"), "");
  await chmod(path.join(folder, "here"), 0o755);
  await writeFile(file, text);
  return checkInterpreter(file, folder).then(
    () => "taken",
    ({ message }: Error) => message.replaceAll(folder, ""),
  );
}

it.each([
  "#!/bin/sh\n",
  "#! /bin/sh -e\n",
  "#!/bin/sh",
  "#!/usr/bin/env here\n",
  "#!/usr/bin/env -S here --flag\n",
  "#!/usr/bin/env -i here\n",
  "#!/usr/bin/env A=b here\n",
  "#!relative/program\n",
  "\x7fELF",
  "",
])("%j is taken", async (text) => {
  expect(await told(text)).toBe("taken");
});

it.each([
  ["#!/bin/sh\r\necho 1\r\n", /^the lines of \/x end as on Windows .* sed -i 's\/\\r\$\/\/' \/x$/],
  ["#!/usr/bin/env here\r\n", /end as on Windows/],
  ["#!/no/such/program\n", /^the first line of \/x names \/no\/such\/program, which is not there/],
  ["#!/usr/bin/env gone\n", /^the first line of \/x names "gone", which is not in PATH/],
  ["#!/usr/bin/env -S gone --flag\n", /names "gone"/],
])("%j is refused, with what to do", async (text, message) => {
  expect(await told(text)).toMatch(message);
});
