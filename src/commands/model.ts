import { Command } from "commander";
import { DEVICE_PART, ownComponent } from "../agent/own-model.ts";
import {
  addConfigFlags,
  type LoadedConfig,
  loadConfig,
  readConfigFlags,
  secretValues,
} from "../config/index.ts";
import { HubhandError, messageOf } from "../errors.ts";
import { type ModelPlugin, modelOf } from "../model/model.ts";
import { createRedactor } from "../observe/log/redaction.ts";
import { createSettingsBook } from "../plugins/settings-book.ts";
import { VERSION } from "../version.ts";
import { examples } from "./command-line/examples.ts";
import { readModelId } from "./command-line/flag-values.ts";
import { type Looked, lookAtPlugins, type Places, placesToLook } from "./inspect-plugins.ts";

/** The model lacks a plugin that could not be loaded, or all of them. */
const EXIT_INCOMPLETE = 1;

const EXAMPLES = examples([
  [
    'hubhand model --id "dtmi:example:gateway;1" > gateway.json',
    "of the device and the plugins in ./plugins",
  ],
  ["hubhand model --config pi.yaml", "with the id of twin.modelId"],
]);

/**
 * The verb `model`: the Plug and Play model of this device, in DTDL v2, out of the schemas of the agent and of its plugins,
 * which are imported and not started. The model goes to standard output, what it cannot say to standard error. Ends with 0,
 * or 1 if plugins could not be loaded; throws HubhandError CONFIG_INVALID (78) if there is no id.
 */
export function modelCommand(): Command {
  const command = new Command("model")
    .description("print the Plug and Play model (DTDL v2) of this device and its plugins")
    .option("--id <id>", "the model's id, such as dtmi:example:gateway;1; else twin.modelId", readModelId);
  command.addHelpText("after", EXAMPLES);
  return addConfigFlags(command).action(async ({ id }: { id?: string }) => {
    const config = loadConfig({ env: process.env, cwd: process.cwd(), ...readConfigFlags(command) });
    const modelId = id ?? config.values.twin.modelId ?? undefined;
    if (modelId === undefined)
      throw new HubhandError(
        "CONFIG_INVALID",
        "the model has no id. Give it one with --id, or set twin.modelId: dtmi:example:gateway;1",
      );
    const { redact } = createRedactor(secretValues(config));
    const { places, guard } = placesToLook();
    const { plugins, problems } = await pluginsToModel({ config: config.values, ...places });
    const own = ownComponent({ version: VERSION, enabled: config.values.methods.builtIn });
    const [path = ""] = modelId.split(";");
    const { interfaces, notes } = modelOf({
      modelId,
      displayName: path.slice(path.lastIndexOf(":") + 1),
      device: DEVICE_PART,
      plugins: [own, ...plugins],
    });
    // Of hubhand's own there is nothing to be done; the model's comments say it.
    const told = notes.filter(({ plugin }) => plugin !== undefined && plugin !== own.name);
    const lines = [...problems, ...told.map(({ text }) => text)];
    await write(process.stderr, redact(lines.map((line) => `hubhand: ${line}\n`).join("")));
    await write(process.stdout, `${JSON.stringify(interfaces, null, 2)}\n`);
    // What a plugin opened when it was imported must not keep the process.
    guard.exit(problems.length > 0 ? EXIT_INCOMPLETE : 0);
  });
}

interface Found {
  readonly plugins: readonly ModelPlugin[];
  readonly problems: readonly string[];
}

async function pluginsToModel({
  config,
  ...places
}: Places & { config: LoadedConfig["values"] }): Promise<Found> {
  const book = createSettingsBook({ configured: config.plugins.settings });
  const schemas = new Map<string, unknown>();
  const settings: Pick<typeof book, "settingsFor"> = {
    settingsFor(plugin, schema) {
      schemas.set(plugin, schema);
      try {
        return book.settingsFor(plugin, schema);
      } catch {
        // A model is written at a desk, where no device's secrets are: any values will do, as nothing is started.
        return standIns(schema);
      }
    },
  };
  let found: readonly Looked[];
  try {
    found = await lookAtPlugins({ ...places, config, settings });
  } catch (error) {
    return { plugins: [], problems: [messageOf(error)] }; // As the agent would run without plugins.
  }
  return {
    plugins: found.flatMap(({ plugin }) =>
      plugin === undefined
        ? []
        : [
            {
              name: plugin.name,
              description: plugin.description,
              writable: schemas.get(plugin.name),
              telemetry: plugin.telemetry,
              methods: plugin.methods,
            },
          ],
    ),
    problems: found.flatMap(({ name, problem }) =>
      problem === undefined ? [] : [`plugin "${name}" is not in the model: ${problem}`],
    ),
  };
}

function standIns(schema: unknown): Record<string, unknown> {
  const { properties = {} } = (typeof schema === "object" ? schema : {}) as { properties?: object };
  return Object.fromEntries(Object.keys(properties).map((key) => [key, "unknown"]));
}

const write = (stream: NodeJS.WriteStream, text: string): Promise<void> =>
  new Promise((resolve) => stream.write(text, () => resolve()));
