import { chmod, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { findAccount } from "../../../src/plugins/hosts/child/accounts.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { openPluginFolder, SHELL } from "../folder.ts";

const cleanUp = cleanUpAfterEach();
const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stderr.write("SKIPPED: only root can start programs as another user\n");

it.skipIf(!isRoot)(
  "a program runs as the user that is declared, without the agent's further groups",
  async () => {
    const { call, status } = await openPluginFolder(
      cleanUp,
      {
        "x.sh": `${SHELL}echo "\\"$(id -u) $(id -g) $(id -G) $HOME\\""`,
        "x.plugin.yaml": "command: ./x.sh\nuser: nobody\nmethods: { x: {} }",
      },
      { prepare: (directory) => chmod(directory, 0o755) },
    );
    expect(status("x")?.problem).toBeUndefined();
    expect((await call("x")).body).toMatch(/^65534 65534 65534 \//);
  },
);

it.skipIf(!isRoot)("a number and a group of its own", async () => {
  const { call } = await openPluginFolder(
    cleanUp,
    {
      "x.sh": `${SHELL}echo "\\"$(id -u) $(id -g)\\""`,
      "x.plugin.yaml": "command: ./x.sh\nuser: 12345\ngroup: 23456\nmethods: { x: {} }",
    },
    { prepare: (directory) => chmod(directory, 0o755) },
  );
  expect((await call("x")).body).toBe("12345 23456");
});

const declaration = {
  name: "x",
  kind: "executable",
  command: ["/x"],
  directory: "/",
  environment: {},
  methods: {},
  tasks: {},
} as const;

it("a user by number that nobody knows needs a group", async () => {
  const folder = await cleanUp.folder();
  const files = { passwd: path.join(folder, "passwd"), group: path.join(folder, "group") };
  await writeFile(files.passwd, "pi:x:1000:1000:,,,:/home/pi:/bin/bash\n");
  await writeFile(files.group, "gpio:x:997:pi\n");
  await expect(findAccount({ ...declaration, user: 4711 }, files)).rejects.toThrow("say its group too");
  await expect(findAccount({ ...declaration, user: "root" }, files)).rejects.toThrow(
    'there is no user "root"',
  );
  await expect(findAccount({ ...declaration, group: "i2c" }, files)).rejects.toThrow(
    'there is no group "i2c"',
  );
  if (isRoot)
    expect(await findAccount({ ...declaration, user: "pi", group: "gpio" }, files)).toEqual({
      uid: 1000,
      gid: 997,
      environment: { HOME: "/home/pi", USER: "pi", LOGNAME: "pi" },
    });
});

it("the agent's own user is no other", async () => {
  const { uid, gid } = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  expect(await findAccount({ ...declaration, user: uid, group: gid })).toEqual({ environment: {} });
});
