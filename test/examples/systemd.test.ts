import { describe, expect, it } from "vitest";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { openExample } from "./support/open-example.ts";
import { programsFirst } from "./support/programs.ts";

const cleanUp = cleanUpAfterEach();

/** Says what systemctl 252 says, for two units. */
const SYSTEMCTL = `#!/bin/sh
case "$*" in
  "show --property="*" cron.service")
    printf 'Restart=always\\nMainPID=412\\nNRestarts=2\\nResult=success\\nId=cron.service\\nDescription=Regular background program = daemon\\nLoadState=loaded\\nActiveState=active\\nSubState=running\\nStateChangeTimestampMonotonic=1000000\\n' ;;
  "show --property="*) printf 'MainPID=0\\nNRestarts=0\\nId=nothing.service\\nLoadState=not-found\\nActiveState=inactive\\n' ;;
  "list-units --state=failed"*) printf 'hostapd.service loaded failed failed Access point\\nmnt-usb.mount   loaded failed failed /mnt/usb\\n' ;;
  *) echo "unknown arguments: $*" >&2; exit 1 ;;
esac
`;

describe("where systemd runs", () => {
  const open = async () =>
    openExample(cleanUp, "systemd", {
      env: { PATH: await programsFirst(cleanUp, { systemctl: SYSTEMCTL }) },
    });

  it("tells the state of a unit", async () => {
    const { call } = await open();
    const { status, body } = await call("systemd.unit", { unit: "cron.service" });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      unit: "cron.service",
      description: "Regular background program = daemon",
      loaded: "loaded",
      active: "active",
      sub: "running",
      result: "success",
      restarts: 2,
      pid: 412,
    });
    const { secondsInState } = body as { secondsInState: number };
    // Since one second after the machine's start.
    expect(Math.abs(secondsInState - (Number(process.hrtime.bigint()) / 1e9 - 1))).toBeLessThan(60);
  });

  it("says that there is no such unit", async () => {
    const { call } = await open();
    const reply = { status: 404, body: { problem: "there is no unit nothing.service" } };
    expect(await call("systemd.unit", { unit: "nothing.service" })).toMatchObject(reply);
  });

  it("takes no option of systemctl for a unit", async () => {
    const { call } = await open();
    for (const unit of ["--host=other", "a b", "$(reboot)", ""])
      expect(await call("systemd.unit", { unit })).toMatchObject({ status: 400, code: "PAYLOAD_INVALID" });
  });

  it("names the units that have failed", async () => {
    const { call } = await open();
    expect((await call("systemd.failed")).body).toEqual(["hostapd.service", "mnt-usb.mount"]);
  });
});

describe("where it does not", () => {
  it("says that there is no systemctl, and what would help", async () => {
    const { call } = await openExample(cleanUp, "systemd", { env: { PATH: "/nowhere" } });
    const reply = {
      status: 501,
      body: { problem: expect.stringMatching(/no program systemctl .*container/) },
    };
    expect(await call("systemd.unit", { unit: "cron.service" })).toMatchObject(reply);
    expect(await call("systemd.failed")).toMatchObject(reply);
  });

  it("says that the machine was not started by systemd", async () => {
    const systemctl =
      "#!/bin/sh\necho 'System has not been booted with systemd as init system (PID 1). Can'\"'\"'t operate.' >&2\nexit 1\n";
    const PATH = await programsFirst(cleanUp, { systemctl });
    const { call } = await openExample(cleanUp, "systemd", { env: { PATH } });
    expect(await call("systemd.unit", { unit: "cron.service" })).toMatchObject({
      status: 501,
      body: { problem: expect.stringMatching(/^systemd does not run here: System has not been booted/) },
    });
  });

  it("answers on this machine with what is true here", async () => {
    const { call } = await openExample(cleanUp, "systemd");
    const { status, body } = await call("systemd.unit", { unit: "dbus.service" });
    expect([200, 404, 501]).toContain(status);
    if (status === 501) expect((body as { problem: string }).problem).toContain("In a container");
    else expect(JSON.stringify(body)).toContain("dbus.service");
  });
});
