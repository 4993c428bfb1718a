import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Machine, startMachine, whyNoMachine } from "./machine.ts";

/** live.test.ts tries the same way of telling on a new systemd; a second machine is for who asks for it. */
const asked = process.env.OLD_SYSTEMD !== undefined;
const skipped = asked
  ? await whyNoMachine("bookworm")
  : "skipped: OLD_SYSTEMD=1 npx vitest run test/deploy/systemd";
if (skipped !== undefined) process.stderr.write(`${skipped}: the unit is not tried on an old systemd\n`);

const show = (property: string): string => `systemctl show --value --property ${property} hubhand`;
const UNREACHABLE = `HostName=127.0.0.1;DeviceId=d;SharedAccessKey=${Buffer.alloc(32, "k").toString("base64")}`;

describe.skipIf(skipped !== undefined)(
  `on systemd 252${skipped === undefined ? "" : ` (${skipped})`}`,
  () => {
    let machine: Machine;
    beforeAll(async () => {
      machine = await startMachine("bookworm");
    }, 300_000);
    afterAll(() => machine?.remove(), 60_000);

    test("a unit without a connection string fails once, by what the agent says", async () => {
      await machine.sh("./install.sh --package hubhand-0.1.0.tgz --node node.tar </dev/null");
      expect((await machine.trySh("systemctl start hubhand")).code).not.toBe(0);
      expect(await machine.sh(`${show("ExecMainStatus")}; ${show("NRestarts")}; ${show("SubState")}`)).toBe(
        "78\n0\nfailed",
      );
    });

    test("which can give the agent no socket, it is told by systemd-notify, without a network too", async () => {
      await machine.sh(`
      mkdir -p /etc/systemd/system/hubhand.service.d
      printf '[Service]\\nWatchdogSec=4\\nRestartSec=0\\n' >/etc/systemd/system/hubhand.service.d/test.conf
      echo '${UNREACHABLE}' | ./install.sh --package hubhand-0.1.0.tgz --node node.tar --connection-string -`);
      expect(await machine.sh(`systemctl is-active hubhand; ${show("NotifyAccess")}`)).toBe("active\nall");
      await machine.until(
        "it tells how it is",
        show("StatusText"),
        "not online (network, ECONNREFUSED); 0 plugins",
      );
      await machine.until(
        "signs of life come",
        `echo $(( $(cut -d. -f1 /proc/uptime) - $(${show("ActiveEnterTimestampMonotonic")}) / 1000000 ))`,
        /^(1\d|[2-9]\d)$/,
      );
      expect(await machine.sh(show("NRestarts"))).toBe("0");
    });

    test("the watchdog works, and so does a stop", async () => {
      await machine.sh(`kill -STOP $(${show("MainPID")})`);
      await machine.until(
        "it was started again",
        `${show("NRestarts")}; systemctl is-active hubhand`,
        "1\nactive",
      );
      await machine.sh("systemctl stop hubhand");
      expect(await machine.sh(`${show("Result")}; ${show("ExecMainStatus")}`)).toBe("success\n0");
    });
  },
);
