/**
 * What each device of an enrolment group needs on its card: its own key, derived from the group's, and a configuration that
 * names it. It runs where devices are made, on Node alone; the group's key never leaves that place, and is on no command line.
 */
import { createHmac } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

const USAGE = `node device-files.mjs --id-scope <scope> --group-key-file <file> --out <folder> <registration id>...
node device-files.mjs --id-scope 0ne00000000 --group-key-file group-key --out cards pump-1 pump-2
node device-files.mjs --id-scope 0ne00000000 --group-key-file group-key --out cards < ids.txt

Writes <folder>/<registration id>/hubhand.yaml and device-key for each. Without ids, they are read from
standard input, one a line. A folder that is there is left alone, and told.
`;

/** learn.microsoft.com, "Device Provisioning Service concepts"; in lower case, as the service takes no notice of it and the derived key does. */
const REGISTRATION_ID = /^[a-z0-9._:-]{0,127}[a-z0-9-]$/;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "id-scope": { type: "string" },
    "group-key-file": { type: "string" },
    out: { type: "string" },
    endpoint: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const { "id-scope": idScope, "group-key-file": keyFile, out, endpoint } = values;

if (values.help) process.stdout.write(USAGE);
else if (idScope === undefined || keyFile === undefined || out === undefined) fail(64, USAGE);
else writeAll({ idScope, groupKey: readKey(keyFile), out });

function writeAll({ idScope, groupKey, out }) {
  const ids = positionals.length > 0 ? positionals : readFileSync(0, "utf8").split(/\s+/).filter(Boolean);
  const wrong = ids.find((id) => !REGISTRATION_ID.test(id));
  if (wrong !== undefined)
    fail(
      65,
      `"${wrong}" is no registration id: a to z in lower case, digits and . _ : - are expected, 128 at most, with a letter, digit or - at the end. Nothing was written.\n`,
    );
  for (const id of ids) write({ id, idScope, groupKey, out });
}

function write({ id, idScope, groupKey, out }) {
  // A colon is fine in an id, and not on a card with FAT on it.
  const folder = path.join(out, id.replaceAll(":", "_"));
  mkdirSync(out, { recursive: true });
  try {
    mkdirSync(folder);
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    process.stderr.write(`${folder} is there already, and was left alone\n`);
    return;
  }
  const key = createHmac("sha256", groupKey).update(id).digest("base64");
  writeFileSync(path.join(folder, "device-key"), `${key}\n`, { mode: 0o600 });
  const lines = [
    "hub:",
    "  provisioning:",
    `    idScope: ${JSON.stringify(idScope)}`,
    `    registrationId: ${JSON.stringify(id)}`,
    "    keyFile: device-key",
    ...(endpoint === undefined ? [] : [`    endpoint: ${JSON.stringify(endpoint)}`]),
  ];
  writeFileSync(path.join(folder, "hubhand.yaml"), `${lines.join("\n")}\n`);
  process.stdout.write(`${folder}\n`);
}

/** The key itself is told to nobody, also when it is none. */
function readKey(file) {
  let text;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    fail(66, `${file} cannot be read: ${error.code}. A file with the group's key is expected.\n`);
  }
  const key = Buffer.from(text, "base64");
  if (key.length < 16 || key.toString("base64") !== text)
    fail(
      65,
      `${file} holds no group key: the primary or secondary key of the group is expected, in base64\n`,
    );
  return key;
}

function fail(code, message) {
  process.stderr.write(message);
  process.exit(code);
}
