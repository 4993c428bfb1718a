import { spawn } from "node:child_process";
import { once } from "node:events";
import { Command } from "commander";
import { HubhandError } from "../errors.ts";
import { ownFile } from "../own-files.ts";
import { examples } from "./command-line/examples.ts";

const EXAMPLES = examples([
  ["hubhand test", "every *.test.* file below ./plugins"],
  ["hubhand test plugins/relay.test.ts", "one of them"],
  ["hubhand test --watch plugins/relay.test.ts", "again at each change"],
]);

/**
 * The verb `test`: runs the tests of plugins with Node's own test runner, in which "hubhand" and "hubhand/testing" are
 * this hubhand, wherever the files lie. Its exit code is the runner's: 0 if all passed.
 */
export function testCommand(): Command {
  return new Command("test")
    .description("run the tests of plugins")
    .argument("[files...]", "test files, or patterns of them", ["plugins/**/*.test.{ts,mts,js,mjs}"])
    .option("--watch", "run them again whenever something changes")
    .addHelpText("after", EXAMPLES)
    .action(async (files: readonly string[], { watch = false }: { watch?: boolean }) => {
      const flags = ["--import", ownFile("register").href, "--test", ...(watch ? ["--watch"] : [])];
      const child = spawn(process.execPath, [...flags, ...files], { stdio: "inherit" });
      child.once("error", ({ message }) => {
        throw new HubhandError("INTERNAL", `Node's test runner did not start: ${message}`);
      });
      const [code] = (await once(child, "exit")) as [number | null];
      process.exitCode = code ?? 1;
    });
}
