/**
 * What each device of an enrolment group needs on its card: its own key, derived from the group's, and a configuration that
 * names it. It runs where devices are made, on Node alone; the group's key never leaves that place, and is on no command line.
 */
import { createHmac } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
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

const { values, positionals } = readArguments();
const { "id-scope": idScope, "group-key-file": keyFile, out, endpoint } = values;

if (values.help) process.stdout.write(USAGE);
else if (!idScope || keyFile === undefined || !out) fail(64, USAGE);
else writeAll({ idScope, groupKey: readKey(keyFile), out });

function readArguments() {
  const options = {
    "id-scope": { type: "string" },
    "group-key-file": { type: "string" },
    out: { type: "string" },
    endpoint: { type: "string" },
    help: { type: "boolean", default: false },
  };
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    return fail(64, `${error.message}\n\n${USAGE}`);
  }
}

function writeAll({ idScope, groupKey, out }) {
  const ids = positionals.length > 0 ? positionals : linesOf(readFileSync(0, "utf8"));
  if (ids.length === 0) fail(65, "standard input holds no registration id: one a line is expected\n");
  const wrong = ids.find((id) => !REGISTRATION_ID.test(id));
  if (wrong !== undefined)
    fail(
      65,
      `"${wrong}" is no registration id: a to z in lower case, digits and . _ : - are expected, 128 at most, with a letter, digit or - at the end. Nothing was written.\n`,
    );
  try {
    for (const id of ids) write({ id, idScope, groupKey, out });
  } catch (error) {
    fail(73, `${error.path ?? out} cannot be written: ${error.code}. A folder for the cards is expected.\n`);
  }
}

/** As who lists devices writes them, with whichever editor. */
function linesOf(text) {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "");
}

function write({ id, idScope, groupKey, out }) {
  // A colon is fine in an id, and not on a card with FAT on it.
  const folder = path.join(out, id.replaceAll(":", "_"));
  const own = `    registrationId: ${JSON.stringify(id)}`;
  makeFolder(out);
  try {
    mkdirSync(folder);
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    // A folder of another device (a:b, a_b), or half of one, would give the card no identity, or a wrong one.
    const whole = isThere(path.join(folder, "hubhand.yaml"), own);
    const what = whole
      ? "and was left alone"
      : `and is not that of "${id}": remove it, or write to another folder`;
    process.stderr.write(`${folder} is there already, ${what}\n`);
    if (!whole) process.exitCode = 73;
    return;
  }
  const key = createHmac("sha256", groupKey).update(id).digest("base64");
  writeFileSync(path.join(folder, "device-key"), `${key}\n`, { mode: 0o600 });
  const lines = [
    "hub:",
    "  provisioning:",
    `    idScope: ${JSON.stringify(idScope)}`,
    own,
    "    keyFile: device-key",
    ...(endpoint === undefined ? [] : [`    endpoint: ${JSON.stringify(endpoint)}`]),
  ];
  writeFileSync(path.join(folder, "hubhand.yaml"), `${lines.join("\n")}\n`);
  process.stdout.write(`${folder}\n`);
}

/** Node's own way to make the folders above, too, never returns below /proc. */
function makeFolder(folder) {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (error.code === "EEXIST" && statSync(folder).isDirectory()) return;
    if (error.code !== "ENOENT" || path.dirname(folder) === folder) throw error;
    makeFolder(path.dirname(folder));
    mkdirSync(folder);
  }
}

function isThere(file, line) {
  try {
    return readFileSync(file, "utf8").split("\n").includes(line);
  } catch {
    return false;
  }
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
