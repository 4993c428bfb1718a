import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../container/support/engine.ts";
import { type Machine, startMachine, whyNoMachine } from "./machine.ts";

const skipped = whyNoMachine();
if (skipped !== undefined) process.stderr.write(`${skipped}: the unit is not tried on a systemd\n`);

const GREET = `export default { methods: { greet: ({ name }) => ({ greeting: "hello " + name }) } };`;
/** Takes longer than TimeoutStopSec= will be. */
const SLOW = `export default { methods: { slow: (_, { log }) => new Promise((done) => { log.info("begun"); setTimeout(done, 4000, "done"); }) } };`;
const show = (property: string): string => `systemctl show --value --property ${property} hubhand`;

// One after the other: each goes on where the one before it has ended.
describe.skipIf(skipped !== undefined)(
  `on systemd 257${skipped === undefined ? "" : ` (${skipped})`}`,
  () => {
    let machine: Machine;
    beforeAll(async () => {
      machine = await startMachine("trixie");
    }, 300_000);
    afterAll(() => machine?.remove(), 60_000);

    test("--dry-run says what would be done, and does nothing", async () => {
      const output = await machine.sh(
        "./install.sh --package hubhand-0.1.0.tgz --node node.tar --dry-run; ls /opt",
      );
      expect(output).toMatch(/^==> Node of node.tar, into \/opt\/hubhand\/node\n(==> .*\n)+==> Done: .*$/);
    });

    test("without a connection string it installs, and says what is missing", async () => {
      const output = await machine.sh("./install.sh --package hubhand-0.1.0.tgz --node node.tar </dev/null");
      expect(output).toMatch(
        /==> It is not started, as it has no connection string yet\. .*--connection-string FILE$/,
      );
      expect(await machine.sh("systemctl is-active hubhand || true")).toBe("inactive");
    });

    test("what is no connection string is refused, and not shown", async () => {
      const { code, output } = await machine.trySh(
        "echo s3cret | ./install.sh --package hubhand-0.1.0.tgz --connection-string -",
      );
      expect(output).toContain("that is no connection string of a device");
      expect(output).not.toContain("s3cret");
      expect(code).toBe(1);
    });

    test("it serves when `systemctl start` returns, and answers a method", async () => {
      await machine.sh(
        "systemd-run --quiet --unit=hub hubhand hub --mqtt-port 0 --https-port 0 --data-dir /root/hub --device pi-1",
      );
      await machine.until("the hub is up", "journalctl --unit hub --output cat", /^Ctrl-C stops it/m);
      await machine.sh(`
      journalctl --unit hub --output cat | sed -n 's/^ *\\(HostName=.*DeviceId=.*\\)/\\1/p' | head -1 >connection-string
      journalctl --unit hub --output cat | sed -n 's/^ *\\(HostName=.*iothubowner.*\\)/\\1/p' | head -1 >service
      install -m 644 hub/ca.pem /etc/hubhand/hub-ca.pem
      printf 'hub:\\n  caFile: /etc/hubhand/hub-ca.pem\\n' >>/etc/hubhand/hubhand.yaml
      echo '${GREET}' >/opt/hubhand/plugins/greet.mjs
      ./install.sh --package hubhand-0.1.0.tgz --connection-string - <connection-string`);
      expect(await machine.sh("systemctl is-active hubhand")).toBe("active");
      await machine.until("it tells how it is", show("StatusText"), "online; 1 plugin");
      const call = `IOTHUB_CONNECTION_STRING=$(cat service) hubhand call --ca-file hub/ca.pem pi-1 greet '{"name":"pi"}'`;
      expect(await machine.sh(call)).toContain('{"greeting":"hello pi"}');
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
      await machine.sh(`
      mkdir -p /etc/systemd/system/hubhand.service.d
      printf '[Service]\\nWatchdogSec=4\\nRestartSec=0\\n' >/etc/systemd/system/hubhand.service.d/test.conf
      systemctl daemon-reload; systemctl restart hubhand`);
      const pid = await machine.sh(show("MainPID"));
      // Twice what the watchdog waits.
      await machine.until(
        "it has run for 9 s",
        `echo $(( $(cut -d. -f1 /proc/uptime) - $(${show("ActiveEnterTimestampMonotonic")}) / 1000000 ))`,
        /^\s*(9|\d\d+)$/,
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
      await machine.sh(
        "cat good >/etc/hubhand/hubhand.yaml; systemctl restart hubhand; systemctl is-active hubhand",
      );
    });

    test("it is updated, goes back, and goes back by itself from a version that does not start", async () => {
      const version = "basename $(readlink /opt/hubhand/current); systemctl is-active hubhand";
      await machine.sh("./install.sh --package hubhand-0.1.1.tgz");
      expect(await machine.sh(version)).toBe("0.1.1\nactive");
      await machine.sh("/opt/hubhand/current/deploy/systemd/install.sh rollback");
      expect(await machine.sh(version)).toBe("0.1.0\nactive");
      const { code, output } = await machine.trySh("./install.sh --package hubhand-0.1.2.tgz");
      expect(output).toContain("0.1.2 is broken");
      expect(output).toContain("0.1.2 does not start, what it says is above; 0.1.0 runs again");
      expect(code).toBe(1);
      expect(await machine.sh(version)).toBe("0.1.0\nactive");
    });

    test("a stop answers the call under way, in more time than the unit gives, and nothing of it stays", async () => {
      await machine.sh(`
      printf '[Service]\\nTimeoutStopSec=1\\n' >/etc/systemd/system/hubhand.service.d/test.conf
      echo '${SLOW}' >/opt/hubhand/plugins/slow.mjs
      systemctl daemon-reload; systemctl restart hubhand`);
      await machine.until("it is online", show("StatusText"), "online; 2 plugins");
      const call = machine.sh(
        "IOTHUB_CONNECTION_STRING=$(cat service) hubhand call --ca-file hub/ca.pem pi-1 slow",
      );
      await machine.until("the call is under way", "journalctl --unit hubhand --output cat", /"msg":"begun"/);
      await machine.sh("systemctl stop hubhand");
      expect(await call).toContain('Response payload : "done"');
      expect(await machine.sh(`${show("Result")}; ${show("ExecMainStatus")}`)).toBe("success\n0");
      expect(await machine.sh("journalctl --unit hubhand --output cat")).toMatch(
        /"msg":"stopped"\}\nhubhand.service: Deactivated/,
      );
      expect(await machine.sh("grep -l '^Uid:.*'$(id -u hubhand) /proc/[0-9]*/status || true")).toBe("");
    });

    test("uninstall takes away all but what is yours, and --purge that too", async () => {
      const left =
        "ls -d /opt/hubhand/* /etc/hubhand /var/lib/hubhand /etc/systemd/system/hubhand* /usr/local/bin/hubhand 2>/dev/null || true";
      const script = "sh install.sh uninstall";
      await machine.sh(
        `systemctl start hubhand; cp /opt/hubhand/current/deploy/systemd/install.sh .; ${script}`,
      );
      expect((await machine.sh(left)).split("\n")).toEqual([
        "/etc/hubhand",
        "/etc/systemd/system/hubhand.service.d",
        "/opt/hubhand/plugins",
        "/var/lib/hubhand",
      ]);
      expect(await machine.sh("systemctl is-active hubhand || true")).toBe("inactive");
      await machine.sh(`${script} --purge`);
      expect(await machine.sh(left)).toBe("");
      expect(
        await machine.sh(
          "id hubhand 2>/dev/null || echo none; systemctl list-unit-files 'hubhand*' --no-legend || true",
        ),
      ).toBe("none");
      await machine.sh(`${script} --purge`);
    });
  },
);
