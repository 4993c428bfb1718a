import { describe, expect, test } from "vitest";
import { programFor, withoutHelp } from "../../src/commands/program.ts";
import { VERBS } from "../../src/commands/verbs.ts";

/** Before what stands below a command line. */
const MEANING = " ".repeat(6);

/** What hubhand says to this, and how commander would end. */
async function said(...typed: string[]): Promise<{ text: string; exitCode: number }> {
  let text = "";
  const take = (more: string) => {
    text += more;
  };
  const argv = withoutHelp(typed);
  const program = await programFor(argv);
  for (const command of [program, ...program.commands]) {
    command.configureOutput({
      writeOut: take,
      writeErr: take,
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
    });
  }
  const ended: unknown = await program.parseAsync(argv, { from: "user" }).catch((error: unknown) => error);
  return { text, exitCode: (ended as { exitCode?: number }).exitCode ?? -1 };
}

describe.each(VERBS.map(({ name }) => name))("hubhand %s --help", (verb) => {
  test("says what it does and takes, with examples that begin with it", async () => {
    const { text, exitCode } = await said(verb, "--help");
    expect(exitCode).toBe(0);
    expect(text).toMatch(new RegExp(`^Usage: hubhand ${verb} \\[options\\]`));
    const [, examples = ""] = text.split("\nExamples:\n");
    const commandLines =
      examples
        .split(/\n *\n/)[0]
        ?.trimEnd()
        .split("\n")
        .filter((line) => !line.startsWith(MEANING)) ?? [];
    expect(commandLines.length).toBeGreaterThan(1);
    for (const line of commandLines) expect(line).toMatch(new RegExp(`^  .*(hubhand|dist/main.js) ${verb}`));
    for (const line of text.split("\n")) if (line.trim().includes(" ")) expect(line.length).toBeLessThan(81);
    expect(await said("help", verb)).toEqual({ text, exitCode });
  });
});

test("a flag that may be repeated has no default to tell", async () => {
  expect((await said("hub", "--help")).text).not.toContain("[]");
});

test("help names every verb under who uses it, and loads none of them", async () => {
  const { text, exitCode } = await said("--help");
  expect(exitCode).toBe(0);
  for (const { name, group, summary } of VERBS) {
    const [, below = ""] = text.split(`\n${group}\n`);
    const [section = ""] = below.split("\n\n");
    expect(section.replace(/\s+/g, " ")).toContain(` ${name} ${summary}`);
  }
  const program = await programFor(["--help"]);
  expect(program.commands.filter(({ options }) => options.length > 0)).toEqual([]);
});

test("without a verb it shows the same, as an error", async () => {
  const { text } = await said("--help");
  expect(await said()).toEqual({ text, exitCode: 1 });
});

test.each([
  [["rnu"], "unknown command 'rnu'\n(Did you mean run?)"],
  [["help", "chekc"], "unknown command 'chekc'\n(Did you mean check?)"],
  [["run", "--log-levle", "debug"], "unknown option '--log-levle'\n(Did you mean --log-level?)"],
  [["completion", "csh"], "Allowed choices are bash, zsh, fish."],
  [["devices", "--sort", "name"], "Allowed choices are id, state, activity, version."],
])("%j is refused with what was meant", async (typed, meant) => {
  const { text, exitCode } = await said(...typed);
  expect(text).toContain(meant);
  expect(text).toMatch(/\(hubhand .*--help shows/);
  expect(exitCode).toBe(1);
});

test.each([
  [["HostName=h;SharedAccessKey=AAAAsecret"], "unknown command 'HostName=h;SharedAccessKey=[secret]'"],
  [["run", "--hub-conection-string=AAAAsecret"], "unknown option '--hub-conection-string=…'"],
  [["call", "HostName=h;SharedAccessKey=AAAAsecret", "greet"], "a connection string stands where"],
])("a secret in the wrong place is not shown: %j", async (typed, told) => {
  const { text } = await said(...typed);
  expect(text).toContain(told);
  expect(text).not.toContain("AAAAsecret");
});
