import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { type LoadConfigOptions, type LoadedConfig, loadConfig } from "../../src/config/index.ts";
import { HubhandError } from "../../src/errors.ts";

export interface Workspace {
  /** A real folder that ends with the test. */
  readonly cwd: string;
  /** Writes a file and returns its absolute path. */
  write(name: string, content: string | Uint8Array): string;
  load(options?: Partial<LoadConfigOptions>): LoadedConfig;
  /** The lines of the error that loading ends with. */
  problems(options?: Partial<LoadConfigOptions>): string[];
}

export function workspace(): Workspace {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), "hubhand-config-")));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  const load = (options: Partial<LoadConfigOptions> = {}) => loadConfig({ env: {}, cwd, ...options });
  return {
    cwd,
    write(name, content) {
      const path = join(cwd, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    load,
    problems(options) {
      try {
        load(options);
      } catch (error) {
        if (error instanceof HubhandError && error.code === "CONFIG_INVALID")
          return error.message.split("\n");
        throw error;
      }
      throw new Error("the configuration was accepted");
    },
  };
}
