import { writeFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import { type RuleFile, read, ruleFiles } from "./rules.ts";

/** What half an hour or a day becomes: longer than the test, however busy the machine is. */
const WINDOW = "2m";
/** How long a state must last. A blip of one scrape still is none. */
const LASTING = "2s";

/**
 * The rules as they are delivered, for a test that has seconds: each `for` is two seconds, each range two minutes, and
 * each group is evaluated every second. What is compared with what stays.
 * @returns the files, in that folder
 */
export async function writeHurriedRules(folder: string): Promise<string[]> {
  const delivered = ruleFiles().filter((file) => !file.includes("optional"));
  return Promise.all(
    delivered.map(async (file) => {
      const { groups } = read<RuleFile>(file);
      const hurried = groups.map(({ interval: _, ...group }) => ({
        ...group,
        rules: group.rules.map((rule) => ({
          ...rule,
          ...(rule.for === undefined ? {} : { for: LASTING }),
          expr: rule.expr
            .replaceAll(/\[\d+[mhdw]\]/g, `[${WINDOW}]`)
            .replaceAll(/offset \d+[mh]/g, "offset 5s"),
        })),
      }));
      const written = path.join(folder, path.basename(file));
      await writeFile(written, stringify({ groups: hurried }));
      return written;
    }),
  );
}
