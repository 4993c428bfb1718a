import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");

interface Locked {
  readonly version: string;
  readonly dev?: boolean;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly license?: string;
  readonly hasInstallScript?: boolean;
}

const manifest = JSON.parse(read("package.json")) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  /** A package's version, or that of what it needs; `$name` is the version that we have of it ourselves. */
  overrides: Record<string, string | Record<string, string>>;
  allowScripts: Record<string, boolean>;
};
const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, Locked> };
const locked = Object.entries(packages)
  .filter(([place]) => place !== "")
  .map(([place, entry]) => ({ name: place.split("node_modules/").at(-1) ?? "", ...entry }));
const shipping = locked.filter(({ dev }) => dev !== true);

/** Licences that ask for no more than their text. */
const PERMISSIVE = ["MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "BlueOak-1.0.0"];
/** Says nothing in its package.json; its LICENSE is MIT's text. */
const BY_ITS_TEXT = ["machina"];
/** docs/supply-chain.md says the same, and why. */
const MOST_PACKAGES = 250;

test("every dependency and override is of one version, and every package has its checksum", () => {
  const { dependencies, devDependencies, overrides } = manifest;
  const forced = Object.entries(overrides).flatMap(([name, version]) =>
    typeof version === "string" ? [[name, version] as const] : Object.entries(version),
  );
  const asked = [...Object.entries({ ...dependencies, ...devDependencies }), ...forced];
  expect(asked.filter(([, version]) => !/^(\d+\.\d+\.\d+(-[\w.]+)?|\$[\w@/-]+)$/.test(version))).toEqual([]);
  expect(locked.filter(({ integrity }) => !integrity?.startsWith("sha512-"))).toEqual([]);
});

test("nothing that ships runs a script when it is installed; of the tools those that must", () => {
  const scripted = locked.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name);
  expect(scripted.sort()).toEqual(Object.keys(manifest.allowScripts).sort());
  expect(shipping.filter(({ hasInstallScript }) => hasInstallScript)).toEqual([]);
});

test("what ships may be passed on by whoever gets it", () => {
  const others = shipping.filter(
    ({ name, license = "" }) => !PERMISSIVE.includes(license) && !BY_ITS_TEXT.includes(name),
  );
  expect(others.map(({ name, license }) => `${name}: ${license}`)).toEqual([]);
  for (const name of BY_ITS_TEXT) {
    expect(read(`node_modules/${name}/LICENSE`)).toContain("Permission is hereby granted, free of charge");
  }
});

test("what ships is made of no more packages than the docs say", () => {
  const different = new Set(shipping.map(({ name, version }) => `${name}@${version}`));
  expect(different.size).toBeLessThanOrEqual(MOST_PACKAGES);
  expect(read("docs/supply-chain.md")).toContain(`${MOST_PACKAGES} packages`);
});

test("every override is explained", () => {
  const page = read("docs/supply-chain.md");
  for (const [name, version] of Object.entries(manifest.overrides)) {
    expect(page).toContain(typeof version === "string" ? `\`${name}\` ${version} |` : `\`${name}\` with `);
  }
});
