import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../container/support/engine.ts";
import { type Machine, startMachine, whyNoMachine } from "./machine.ts";

const skipped = await whyNoMachine("trixie");
if (skipped !== undefined) process.stderr.write(`${skipped}: the unit is not tried on a systemd\n`);

const GREET = `export default { methods: { greet: ({ name }) => ({ greeting: "hello " + name }) } };`;
/** Takes longer than TimeoutStopSec= will be. */
const SLOW = `export default { methods: { slow: (_, { log }) => new Promise((done) => { log.info("begun"); setTimeout(done, 2500, "done"); }) } };`;
const VERSION = "basename $(readlink /opt/hubhand/current); systemctl is-active hubhand";
const LEFT =
  "ls -d /opt/hubhand/* /etc/hubhand /var/lib/hubhand /etc/systemd/system/hubhand* /usr/local/bin/hubhand 2>/dev/null || true";
const DROP_IN = "/etc/systemd/system/hubhand.service.d/test.conf";
const show = (property: string): string => `systemctl show --value --property ${property} hubhand`;

// One after the other: each goes on where the one before it has ended.
describe.skipIf(skipped !== undefined)(
  `on systemd 257${skipped === undefined ? "" : ` (${skipped})`}`,
  () => {
    let machine: Machine;
    beforeAll(async () => {
      machine = await startMachine("trixie");
      await machine.sh(`
      mkdir -p $(dirname ${DROP_IN})
      printf '[Service]\\nWatchdogSec=4\\nRestartSec=0\\n' >${DROP_IN}`);
    }, 300_000);
    afterAll(() => machine?.remove(), 60_000);

    test("--dry-run says what would be done, and does nothing", async () => {
      const output = await machine.sh(
        "./install.sh --package hubhand-0.1.0.tgz --node node.tar --dry-run; ls /opt",
      );
      expect(output).toMatch(/^==> Node of node.tar, into \/opt\/hubhand\/node\n(==> .*\n)+==> Done: .*$/);
    });

    test("a user of that name who is somebody else is left alone", async () => {
      const { code, output } = await machine.trySh(
        "useradd hubhand; ./install.sh --package hubhand-0.1.0.tgz --node node.tar; echo $?; ./install.sh uninstall --purge",
      );
      expect(
        output.match(/the user hubhand here, with home \/home\/hubhand, is not of this script/g),
      ).toHaveLength(2);
      expect(code).toBe(1);
      await machine.sh("userdel hubhand; ls /opt/hubhand 2>/dev/null && exit 1 || true");
    });

    test("without a connection string it installs, and says what is missing", async () => {
      const output = await machine.sh("./install.sh --package hubhand-0.1.0.tgz --node node.tar </dev/null");
      expect(output).toMatch(
        /==> It is not started, as it has no connection string yet\. Next: sudo \.\/install\.sh --connection-string FILE$/,
      );
      expect(await machine.sh("systemctl is-active hubhand || true")).toBe("inactive");
      // As after a reboot: it is enabled.
      expect((await machine.trySh("systemctl start hubhand")).code).not.toBe(0);
      expect(await machine.sh(`${show("ExecMainStatus")}; ${show("NRestarts")}; ${show("SubState")}`)).toBe(
        "78\n0\nfailed",
      );
      expect(await machine.sh("journalctl --unit hubhand --output cat")).toMatch(
        /hub\.connectionString: .* is empty\. It is systemd's copy: write the secret into the file that LoadCredential= /,
      );
      await machine.sh(
        "systemd-run --quiet --unit=hub hubhand hub --mqtt-port 0 --https-port 0 --data-dir /root/hub --device pi-1",
      );
    });

    test("what is no connection string is refused, and not shown", async () => {
      const { code, output } = await machine.trySh(
        "echo 'HostName=127.0.0.1;DeviceId=d;SharedAccessKey=s3cret' | ./install.sh --connection-string -",
      );
      expect(output).toContain("a SharedAccessKey that is not base64");
      expect(output).toContain("that is no connection string of a device");
      expect(output).not.toContain("s3cret");
      expect(code).toBe(1);
      const empty = await machine.trySh("./install.sh --connection-string /dev/null; ls -A /etc/hubhand");
      expect(empty.output).toMatch(/--connection-string \/dev\/null: there is nothing in it\nhubhand\.yaml$/);
    });

    test("it serves when `systemctl start` returns, and answers a method", async () => {
      await machine.until("the hub is up", "journalctl --unit hub --output cat", /^Ctrl-C stops it/m);
      await machine.sh(`
      journalctl --unit hub --output cat | sed -n 's/^ *\\(HostName=.*DeviceId=.*\\)/\\1/p' | head -1 >connection-string
      journalctl --unit hub --output cat | sed -n 's/^ *\\(HostName=.*iothubowner.*\\)/\\1/p' | head -1 >service
      install -m 644 hub/ca.pem /etc/hubhand/hub-ca.pem
      printf 'hub:\\n  caFile: /etc/hubhand/hub-ca.pem\\n' >>/etc/hubhand/hubhand.yaml
      echo '${GREET}' >/opt/hubhand/plugins/greet.mjs
      ./install.sh --connection-string - <connection-string`);
      expect(await machine.sh("systemctl is-active hubhand")).toBe("active");
      await machine.until("it tells how it is", show("StatusText"), "online; 1 plugin");
      const call = `IOTHUB_CONNECTION_STRING=$(cat service) hubhand call --ca-file hub/ca.pem pi-1 greet '{"name":"pi"}'`;
      expect(await machine.sh(call)).toContain('{"greeting":"hello pi"}');
    });

    test("check beside it looks at its limits, and not at those of who typed it", async () => {
      expect(await machine.sh("hubhand check --only memory --only open-files")).toMatch(
        new RegExp(
          `^\\w+ .*, for the agent that runs \\(process ${await machine.sh(show("MainPID"))}\\)\n\\w+ .*\\(process`,
        ),
      );
    });

    test("nobody but root and the agent has the connection string", async () => {
      expect(await machine.sh("stat --format '%U %a' /etc/hubhand/connection-string")).toBe("root 600");
      const seen = await machine.sh(
        "sed 's/.*SharedAccessKey=//' connection-string >key; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | grep -acFf key || true",
      );
      expect(seen).toBe("0");
    });

    test("journald knows the level of each line, which stays JSON", async () => {
      const line = await machine.sh("journalctl --unit hubhand --output json --grep agent.starts --lines 1");
      const { PRIORITY, MESSAGE, SYSLOG_IDENTIFIER } = JSON.parse(line);
      expect({ PRIORITY, SYSLOG_IDENTIFIER }).toEqual({ PRIORITY: "6", SYSLOG_IDENTIFIER: "hubhand" });
      expect(JSON.parse(MESSAGE)).toMatchObject({ event: "agent.starts" });
    });

    test("the unit is one that systemd understands, and is as closed as the docs say", async () => {
      expect(await machine.sh("systemd-analyze verify /etc/systemd/system/hubhand.service")).toBe("");
      const told = await machine.sh(
        "systemd-analyze security --no-pager --offline=true /etc/systemd/system/hubhand.service",
      );
      const [, level] = /Overall exposure level for hubhand\.service: ([0-9.]+)/.exec(told) ?? [];
      const page = readFileSync(path.join(ROOT, "docs/deploy/raspberry-pi.md"), "utf8");
      expect(page).toContain(`exposure level ${level} `);
    });

    test("an agent that hangs is killed by the watchdog and started afresh; one that works is not", async () => {
      const pid = await machine.sh(show("MainPID"));
      // Without a sign of life it would not have lived so long.
      await machine.until(
        "a sign of life came when the watchdog's time was over",
        `echo $(( $(${show("WatchdogTimestampMonotonic")}) - $(${show("ActiveEnterTimestampMonotonic")}) ))`,
        /^([4-9]|\d\d+)\d{6}$/,
      );
      expect(await machine.sh(show("NRestarts"))).toBe("0");
      await machine.sh(`kill -STOP ${pid}`);
      await machine.until(
        "it was started again",
        `${show("NRestarts")}; systemctl is-active hubhand`,
        "1\nactive",
      );
      expect(await machine.sh("journalctl --unit hubhand --output cat")).toContain("Watchdog timeout");
      expect(await machine.sh(show("MainPID"))).not.toBe(pid);
    });

    test("a wrong configuration is told and not tried again and again", async () => {
      const { code } = await machine.trySh(
        "cp /etc/hubhand/hubhand.yaml good; echo 'lgo: {}' >>/etc/hubhand/hubhand.yaml; systemctl restart hubhand",
      );
      expect(code).not.toBe(0);
      expect(await machine.sh(`${show("ExecMainStatus")}; ${show("SubState")}`)).toBe("78\nfailed");
      expect(await machine.sh("journalctl --unit hubhand --output cat --lines 4")).toContain(
        "lgo: no such key",
      );
      await machine.sh("cat good >/etc/hubhand/hubhand.yaml");
    });

    test("it is updated, and tells how it is where systemd gives no socket, as before 253", async () => {
      await machine.sh(`
      printf '[Service]\\nOpenFile=\\nNotifyAccess=all\\n' >${DROP_IN}
      ./install.sh --package hubhand-0.1.1.tgz`);
      expect(await machine.sh(VERSION)).toBe("0.1.1\nactive");
      expect(await machine.sh(show("StatusText"))).toMatch(/^(connecting|online); 1 plugin$/);
    });

    test("it goes back by itself from a version that does not start, and can go back further", async () => {
      await machine.sh(`
      printf '[Service]\\nTimeoutStopSec=1\\n' >${DROP_IN}
      echo '${SLOW}' >/opt/hubhand/plugins/slow.mjs`);
      const { code, output } = await machine.trySh("./install.sh --package hubhand-0.1.2.tgz");
      expect(output).toContain("0.1.2 is broken");
      expect(output).toContain("0.1.2 does not start, what it says is above; 0.1.1 runs again");
      expect(code).toBe(1);
      expect(await machine.sh(VERSION)).toBe("0.1.1\nactive");
      await machine.sh("/opt/hubhand/current/deploy/systemd/install.sh rollback");
      expect(await machine.sh(VERSION)).toBe("0.1.0\nactive");
    });

    test("uninstall answers the call under way, in more time than the unit gives, and nothing stays but what is yours", async () => {
      const log = `journalctl --output cat _PID=$(${show("MainPID")})`;
      await machine.until("it is online", log, /link\.online/);
      const call = machine.sh(
        "IOTHUB_CONNECTION_STRING=$(cat service) hubhand call --ca-file hub/ca.pem pi-1 slow",
      );
      await machine.until("the call is under way", "journalctl --unit hubhand --output cat", /"msg":"begun"/);
      await machine.sh("./install.sh uninstall");
      expect(await call).toContain('Response payload : "done"');
      expect(await machine.sh("journalctl --unit hubhand --output cat")).toMatch(
        /"msg":"stopped"\}\nhubhand.service: Deactivated successfully/,
      );
      expect(await machine.sh("grep -l '^Uid:.*'$(id -u hubhand) /proc/[0-9]*/status || true")).toBe("");
      expect((await machine.sh(LEFT)).split("\n")).toEqual([
        "/etc/hubhand",
        "/etc/systemd/system/hubhand.service.d",
        "/opt/hubhand/plugins",
        "/var/lib/hubhand",
      ]);
    });

    test("--purge takes away that too, also a second time", async () => {
      await machine.sh("./install.sh uninstall --purge; ./install.sh uninstall --purge");
      expect(await machine.sh(LEFT)).toBe("");
      expect(
        await machine.sh(
          "id hubhand 2>/dev/null || echo none; systemctl list-unit-files 'hubhand*' --no-legend || true",
        ),
      ).toBe("none");
    });
  },
);
