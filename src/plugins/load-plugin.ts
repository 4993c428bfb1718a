import path from "node:path";
import { nameOf } from "./check-module.ts";
import { invalidPlugin, ruleFault } from "./check-outline.ts";
import type { CommandDeclaration, Declaration } from "./declaration/declaration.ts";
import type { ReadDeclaration } from "./declaration/read-declaration.ts";
import type { Candidate } from "./discovery.ts";
import { checkCommand, checkFiles, type FileRules } from "./finding/check-files.ts";
import { checkInterpreter } from "./finding/interpreter.ts";
import { createModuleLoader, type LoadModuleOptions } from "./load-module.ts";
import type { Plugin } from "./plugin.ts";

export interface LoadPluginOptions extends LoadModuleOptions {
  /** Whose files are taken. */
  readonly rules: FileRules;
  /** Asked instead of what a declaration says: for tests. */
  readonly url?: string;
}

/**
 * Makes a function that turns what was found in the folder into a plugin, whatever its kind.
 * It rejects with HubhandError PLUGIN_INVALID: somebody else could have written it, it is no plugin, or its settings
 * do not fit.
 */
export function createPluginLoader(options: LoadPluginOptions): (candidate: Candidate) => Promise<Plugin> {
  const { settings, rules, env } = options;
  const loadModule = createModuleLoader(options);
  let reader: Promise<ReadDeclaration> | undefined;

  async function declarationOf(candidate: Candidate): Promise<Declaration> {
    const { name, form, file } = candidate;
    if (form === "executable") return programItself(candidate);
    // Loaded when the first needs it.
    reader ??= import("./declaration/read-declaration.ts").then(({ createDeclarationReader }) =>
      createDeclarationReader(),
    );
    return (await reader)(file, { name, searchPath: env.PATH ?? "" });
  }

  async function loadDeclared(candidate: Candidate): Promise<Plugin> {
    const declaration = await declarationOf(candidate);
    const { name, kind } = declaration;
    nameOf(name);
    const common = {
      ...options,
      settings: settings.settingsFor(name, declaration.settings),
      telemetry: options.telemetryFor(name),
    };
    if (kind === "http") {
      const { hostHttp } = await import("./hosts/http.ts");
      return hostHttp({ ...common, declaration: { ...declaration, url: options.url ?? declaration.url } });
    }
    await checkCommand(declaration, rules);
    const { command, environment } = declaration;
    await checkInterpreter(command[0], environment.PATH ?? env.PATH ?? "");
    if (kind === "daemon") {
      const { hostDaemon } = await import("./hosts/daemon.ts");
      return hostDaemon({ ...common, declaration });
    }
    const { hostExecutable } = await import("./hosts/executable.ts");
    return hostExecutable({ ...common, declaration });
  }

  return async (candidate) => {
    await checkFiles(candidate, rules);
    return candidate.form === "module" ? loadModule(candidate) : loadDeclared(candidate);
  };
}

/** A program that nobody declares answers one method, of its own name. */
function programItself({ name, file }: Candidate): CommandDeclaration {
  const directory = path.dirname(file);
  const fault = ruleFault({ methods: { [name]: {} } });
  if (fault !== undefined) throw invalidPlugin(`${fault.message}. Rename the file`);
  return {
    name,
    kind: "executable",
    command: [file],
    directory,
    environment: {},
    methods: { [name]: {} },
    tasks: {},
  };
}
