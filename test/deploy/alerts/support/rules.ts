import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

export const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const PROMETHEUS = path.join(ROOT, "deploy/prometheus");

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleFile {
  readonly groups: readonly {
    readonly name: string;
    readonly interval?: string;
    readonly rules: readonly Rule[];
  }[];
}

export interface AlertCase {
  readonly alertname: string;
  readonly exp_alerts: readonly unknown[];
}

export const ruleFiles = (): string[] => [...filesOf("rules"), ...filesOf("rules/optional")];
export const testFiles = (): string[] => filesOf("tests");

export const read = <T>(file: string): T => parse(readFileSync(file, "utf8")) as T;

export const rules = (): Rule[] =>
  ruleFiles().flatMap((file) => read<RuleFile>(file).groups.flatMap((group) => group.rules));

/** All alerts; one of two severities is there twice. */
export const alerts = (): (Rule & { alert: string })[] =>
  rules().flatMap((rule) => (rule.alert === undefined ? [] : [{ ...rule, alert: rule.alert }]));

export const cases = (): AlertCase[] =>
  testFiles().flatMap((file) =>
    read<{ tests: { alert_rule_test?: AlertCase[] }[] }>(file).tests.flatMap(
      ({ alert_rule_test = [] }) => alert_rule_test,
    ),
  );

/** HubhandAgentDown: docs/operate/alerts/hubhand-agent-down.md */
export const pageOf = (alert: string): string =>
  `docs/operate/alerts/${alert.replaceAll(/(?<!^)([A-Z])/g, "-$1").toLowerCase()}.md`;

function filesOf(folder: string): string[] {
  const at = path.join(PROMETHEUS, folder);
  return readdirSync(at)
    .filter((name) => name.endsWith(".yml"))
    .map((name) => path.join(at, name));
}
