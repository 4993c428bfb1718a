import { expect, it } from "vitest";
import { placeInSource } from "../../src/plugins/place-in-source.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { writeFiles } from "./load.ts";

const cleanUp = cleanUpAfterEach();

it.each([
  ["here", "export default {\n  isolate: false,\n};"],
  ["here", "export default { isolate: false, methods: {} };"],
  ["here", "export default definePlugin({ version: '1', isolate: false });"],
  ["thread", 'export default {\n\tisolate: "thread",\n};'],
  [undefined, "export default { methods: {} };"],
  [undefined, "export default { isolate: true };"],
  [undefined, "export default { isolate: false || true };"],
  [undefined, "// { isolate: false }\nexport default {};"],
  [undefined, "/** Once it was:\n * isolate: false,\n */\nexport default {};"],
  [undefined, "const other = { isolate: false };\nexport default {\n  isolate: false,\n};"],
])("%s: %s", async (place, text) => {
  const directory = await cleanUp.folder();
  await writeFiles(directory, { "one.mjs": text });
  expect(await placeInSource(`${directory}/one.mjs`)).toBe(place);
});

it("says nothing of a file that is not there", async () => {
  expect(await placeInSource("/nowhere/one.mjs")).toBeUndefined();
});
