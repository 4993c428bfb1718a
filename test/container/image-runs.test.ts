import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canHaveImage, docker, eventually, whyNoContainers } from "./support/engine.ts";
import { useImage } from "./support/image.ts";
import { createScene } from "./support/scene.ts";

const skipped = whyNoContainers();
if (skipped !== undefined) process.stderr.write(`${skipped}: the image is not run\n`);

/** Those that this machine runs without, or with an emulator; here they may have names of their own. */
const ARM = [
  { base: "debian:bookworm-slim-arm64", node: "node:24-bookworm-slim-arm64" },
  { base: "arm64v8/debian:bookworm-slim", node: "arm64v8/node:24-bookworm-slim" },
];
const runsArm = process.arch === "arm64" || existsSync("/proc/sys/fs/binfmt_misc/qemu-aarch64");
const arm =
  skipped === undefined && runsArm
    ? ARM.find(({ base, node }) => canHaveImage(node) && canHaveImage(base))
    : undefined;
if (skipped === undefined && arm === undefined)
  process.stderr.write(
    "skipped: no image of Node for arm64, or nothing that runs it: the arm64 image is not tried\n",
  );

describe.skipIf(skipped !== undefined)(
  `the image at work${skipped === undefined ? "" : ` (${skipped})`}`,
  () => {
    const NAME = useImage();
    const MINIMAL = useImage({ target: "minimal" });
    const scene = createScene({ name: NAME, devices: ["pi", "small", "arm"] });
    // The health check of the image comes every 30 s; here there is no time for that.
    const OFTEN = ["--health-interval=1s", "--health-start-period=0s"];
    // The test asks as the check does, when all is there: checks while it starts it would not have either, within 30 s.
    const LITTLE = ["--memory=96m", "--memory-swap=96m", "--no-healthcheck"];
    let agent = "";
    let small = "";

    beforeAll(async () => {
      // Neither role needs a shell.
      await scene.up(MINIMAL);
      [agent, small] = await Promise.all([
        scene.agent({ image: NAME, device: "pi", flags: LITTLE }),
        scene.agent({ image: MINIMAL, device: "small", flags: OFTEN }),
      ]);
    }, 120_000);
    afterAll(() => scene.down(), 120_000);

    const serving = (container: string, ...plugins: readonly string[]) =>
      eventually(`${plugins} serve`, 120_000, async () => {
        const lines = (await scene.log(container)).filter(({ event }) => event === "plugin.serves");
        expect(lines.map(({ plugin }) => plugin)).toEqual(expect.arrayContaining([...plugins]));
      });

    test("answers from TypeScript, JavaScript and, where there is a shell, a script; without one says why not", async () => {
      for (const container of [agent, small]) await serving(container, "device-method", "echo");
      const tutorial = { status: 200, payload: { Response: "This is the response from the device" } };
      for (const device of ["pi", "small"])
        expect(await scene.call(MINIMAL, device, "DeviceMethod", "{}")).toMatchObject(tutorial);
      const echo = { status: 200, payload: { payload: 7 } };
      expect(await scene.call(NAME, "pi", "echo", "7")).toMatchObject(echo);
      expect(await scene.call(MINIMAL, "pi", "shout")).toMatchObject({
        status: 200,
        payload: { shouted: true },
      });
      expect(JSON.stringify(await scene.log(small))).toContain("names /bin/sh, which is not there");
      expect(JSON.stringify(await scene.call(MINIMAL, "small", "shout"))).toContain("METHOD_NOT_FOUND");
    }, 180_000);

    test("is healthy", async () => {
      await eventually("healthy", 60_000, async () => expect(await health(small)).toBe("healthy"));
    }, 90_000);

    test("in 96 MB loses no plugin to its health check", async () => {
      for (let times = 0; times < 5; times++) await docker("exec", agent, "node", "/app/dist/probe.js");
      const events = (await scene.log(agent)).map(({ event }) => event);
      expect(events).toContain("link.online");
      expect(events).not.toContain("plugin.down");
    }, 60_000);

    test("checks itself, in a container of its own", async () => {
      const found = { configuration: "ok", mqtt: "ok" };
      expect(await scene.check({ image: MINIMAL, device: "small" })).toMatchObject(found);
    }, 90_000);

    test("on SIGTERM drains and exits 0", async () => {
      for (const container of [agent, small]) {
        await docker("stop", "--time=30", container);
        expect(await ended(container)).toBe("0 false");
        expect((await scene.log(container)).at(-1)).toMatchObject({ msg: "stopped" });
      }
    }, 60_000);

    describe.skipIf(arm === undefined)("for arm64", () => {
      const { base = "", node = "" } = arm ?? {};
      const IMAGE = useImage({
        target: "minimal",
        flags: ["--platform=linux/arm64", `--build-arg=BASE_IMAGE=${base}`, `--build-arg=NODE_IMAGE=${node}`],
      });

      test("turns healthy, answers a call, and on SIGTERM exits 0", async () => {
        // An emulated Node takes seconds to start, ten times as many on a busy machine; the reader of TypeScript too many.
        const patient = ["--health-interval=3s", "--health-timeout=30s", "--health-retries=20"];
        const container = await scene.agent({
          image: IMAGE,
          device: "arm",
          flags: ["--platform=linux/arm64", ...patient],
        });
        expect(await docker("image", "inspect", "--format={{.Architecture}}", IMAGE)).toBe("arm64");
        await serving(container, "echo");
        const answer = await scene.call(NAME, "arm", "echo", "7");
        expect(answer).toMatchObject({ status: 200, payload: { payload: 7 } });
        await eventually("healthy", 120_000, async () => expect(await health(container)).toBe("healthy"));
        await docker("stop", "--time=60", container);
        expect(await ended(container)).toBe("0 false");
      }, 300_000);
    });
  },
);

const health = (container: string): Promise<string> =>
  docker("inspect", "--format={{.State.Health.Status}}", container);

const ended = (container: string): Promise<string> =>
  docker("inspect", "--format={{.State.ExitCode}} {{.State.OOMKilled}}", container);
