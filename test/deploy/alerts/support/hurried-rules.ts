import { writeFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import { type RuleFile, read, ruleFiles } from "./rules.ts";

/** What half an hour becomes, and how long a state must last. A blip of one scrape still is none. */
const WINDOW = "25s";
const LASTING = "3s";

/**
 * The rules as they are delivered, for a test that has seconds: each range is half a minute at most, each `for` three
 * seconds, and each group is evaluated every second. What is compared with what stays.
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
