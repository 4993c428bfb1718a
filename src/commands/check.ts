import { Command, InvalidArgumentError } from "commander";
import { CHECK_IDS, checkAll, printResults } from "../check/index.ts";
import { systemClock } from "../clock.ts";
import { addConfigFlags, loadConfig, readConfigFlags, secretValues } from "../config/index.ts";
import { createRedactor } from "../observe/log/redaction.ts";
import { withMeant } from "../suggest.ts";
import { examples } from "./command-line/examples.ts";
import { placesToLook, pluginInspector } from "./inspect-plugins.ts";

/** Something must be done before the agent can serve as it should. */
const EXIT_FATAL = 1;

const EXAMPLES = examples([
  ["hubhand check", "with the settings that hubhand run would have"],
  ["hubhand check --config pi.yaml", "with those of a file"],
  ["hubhand check --only dns --only tls", "two of the checks, and what they need"],
  ["hubhand check --json", "for a program"],
  ["docker exec CONTAINER node dist/main.js check", "in a container, as its agent is configured"],
]);

interface Options {
  readonly json?: boolean;
  readonly only?: readonly string[];
  /** Absent if neither `--login` nor `--no-login` is given. */
  readonly login?: boolean;
}

/**
 * The verb `check`: whether all is there that the agent needs, and what to do where it is not. It starts nothing and
 * changes nothing on this machine; plugins are imported, and not started. Ends with 0, or 1 if a check is fatal.
 */
export function checkCommand(): Command {
  const command = new Command("check")
    .description(
      "check configuration, names, ports, certificates, clock, identity, plugins and disk; exit code 1 if one is fatal",
    )
    .option("--json", "print JSON: each check with its result, detail and remedy")
    .option("--only <id>", "run this check only (may be repeated)", addId)
    .option(
      "--login",
      "where the identity cannot be asked for over HTTPS, log in by MQTT, also where an agent may run as this device: that ends its connection",
    )
    .option("--no-login", "never log in, also where no agent can be seen here")
    .addHelpText("after", EXAMPLES);
  return addConfigFlags(command).action(async ({ json = false, only, login }: Options) => {
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
      only,
      mayLogIn: login ?? "if-alone",
    });
    const { isTTY, columns } = process.stdout;
    const colour = isTTY && !process.env.NO_COLOR;
    const text = json
      ? `${JSON.stringify(results, null, 2)}\n`
      : printResults(results, { colour, width: isTTY ? columns : undefined });
    await new Promise((resolve) => process.stdout.write(redactor.redact(text), resolve));
    // What a plugin opened when it was imported must not keep the process.
    guard.exit(results.some(({ result }) => result === "fatal") ? EXIT_FATAL : 0);
  });
}

function addId(id: string, before: readonly string[] = []): readonly string[] {
  const known: readonly string[] = CHECK_IDS;
  if (!known.includes(id))
    throw new InvalidArgumentError(
      `There is no check ${withMeant(id, known)}. There are ${known.join(", ")}.`,
    );
  return [...before, id];
}
