import { Command } from "commander";
import { type CheckResult, checkAll } from "../check/index.ts";
import { systemClock } from "../clock.ts";
import { addConfigFlags, loadConfig, readConfigFlags, secretValues } from "../config/index.ts";
import { createRedactor } from "../observe/log/redaction.ts";
import { examples } from "./examples.ts";
import { placesToLook, pluginInspector } from "./inspect-plugins.ts";

/** Something must be done before the agent can serve as it should. */
const EXIT_FATAL = 1;

const EXAMPLES = examples([
  ["hubhand check", "with the settings that hubhand run would have"],
  ["hubhand check --config pi.yaml", "with those of a file"],
  ["hubhand check --json", "for a program"],
  ["docker exec CONTAINER node dist/main.js check", "in a container, as its agent is configured"],
]);

/** As wide as the longest result, and what keeps it apart. */
const MARK_WIDTH = "warning".length + 2;

/**
 * The verb `check`: whether all is there that the agent needs, and what to do where it is not. It starts nothing and
 * changes nothing; plugins are imported, and not started. Ends with 0, or 1 if a check is fatal.
 */
export function checkCommand(): Command {
  const command = new Command("check")
    .description(
      "check configuration, plugins, disk, clock and the ways to the hub; exit code 1 if one is fatal",
    )
    .option("--json", "print JSON: each check with its result, detail and remedy");
  command.addHelpText("after", EXAMPLES);
  return addConfigFlags(command).action(async ({ json = false }: { json?: boolean }) => {
    const redactor = createRedactor();
    const load = () => {
      const config = loadConfig({ env: process.env, cwd: process.cwd(), ...readConfigFlags(command) });
      for (const secret of secretValues(config)) redactor.hide(secret);
      return config;
    };
    const { places, guard } = placesToLook();
    const results = await checkAll({
      loadConfig: load,
      env: process.env,
      clock: systemClock,
      hide: redactor.hide,
      inspectPlugins: pluginInspector(places),
    });
    const text = json ? `${JSON.stringify(results, null, 2)}\n` : printResults(results);
    await new Promise((resolve) => process.stdout.write(redactor.redact(text), resolve));
    // What a plugin opened when it was imported must not keep the process.
    guard.exit(results.some(({ result }) => result === "fatal") ? EXIT_FATAL : 0);
  });
}

/** For people: what was looked at, one below the other; what to do where something is wrong. */
export function printResults(results: readonly CheckResult[]): string {
  const width = Math.max(...results.map(({ description }) => description.length));
  const margin = " ".repeat(MARK_WIDTH + width + 2);
  const lines = results.flatMap(({ result, description, detail, remedy }) => [
    `${result.padEnd(MARK_WIDTH)}${description.padEnd(width)}  ${detail.replaceAll("\n", `\n${margin}`)}`,
    ...(remedy === undefined ? [] : [`${margin}-> ${remedy}`]),
  ]);
  return `${lines.join("\n")}\n`;
}
