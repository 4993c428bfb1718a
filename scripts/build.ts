/**
 * `npm run build`: writes what ships to dist/. Everything is in the bundle, so that dist/ and package.json run
 * without node_modules: `node dist/main.js run`. Another folder: `node scripts/build.ts --outdir FOLDER`; without the
 * types, which only who writes code needs: `--no-types`; without what V8 makes of it, good for this machine's kind:
 * `--no-compiled`.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { bundleAgent } from "./agent/bundle-agent.ts";
import { COMPILED_SCHEMAS } from "./lean/compiled-schemas.ts";
import { LEAN_PACKAGES } from "./lean/lean-packages.ts";
import { npmSbom, shippedSbom } from "./sbom.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** CommonJS packages in an ES module still ask for Node's own modules with `require`. */
const BANNER = `import { createRequire as createRequireForBundle } from "node:module";
const require = createRequireForBundle(import.meta.url);`;

/**
 * The target is the oldest Node that runs hubhand. White space goes, as it is a third of the size and of the memory that
 * source text takes; names stay, and lines stay short, so that a stack trace can be read.
 */
const SHARED = {
  absWorkingDir: ROOT,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node22.18",
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 160,
  // Node reads the maps only if it is told to, with --enable-source-maps: 65 MB more, where the agent itself takes 104.
  sourcemap: "linked",
  sourcesContent: false,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  plugins: [LEAN_PACKAGES, COMPILED_SCHEMAS],
} satisfies BuildOptions;

export interface BundleOptions {
  readonly outdir: string;
  /** For `hubhand_build_info`. */
  readonly commit: string;
}

/** Packages that the agent imports when the configuration, or somebody who calls, asks for it, and the names of their files. */
const RARELY_WANTED: Readonly<Record<string, string>> = {
  "@hono/node-server": "hono-node-server",
  "azure-iot-provisioning-device": "provisioning-device",
  "azure-iot-provisioning-device-mqtt": "provisioning-device-mqtt",
  "https-proxy-agent": "https-proxy-agent",
  "pino-pretty": "pino-pretty",
  re2js: "re2js",
};

/** Where the status page's files lie: a browser takes them from a checkout as they are. */
const PAGE = path.join(ROOT, "src/observe/status-page/assets");

/** What the page imports as its neighbour is a package. */
const PAGE_LIBRARY: Plugin = {
  name: "the status page's library",
  setup({ onResolve }) {
    const library = createRequire(import.meta.url).resolve("preact");
    onResolve({ filter: /^\.\/preact\.js$/ }, () => ({ path: library }));
  },
};

/** Writes the status page: one script and one style sheet, so that a phone asks four times and not thirty. */
export async function buildStatusPage(outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    plugins: [PAGE_LIBRARY],
    outdir,
    entryPoints: { page: path.join(PAGE, "page.js"), style: path.join(PAGE, "style.css") },
  });
  for (const file of ["index.html", "icon.svg"]) copyFileSync(path.join(PAGE, file), path.join(outdir, file));
  return metafile;
}

/** Bundles the executable, the library and the local hub into one folder, the probe beside them and the status page below. */
export async function bundle({ outdir, commit }: BundleOptions): Promise<Metafile> {
  const main = await build({
    ...SHARED,
    outdir,
    // Verbs stay apart: `run` must not load the local hub's broker, nor the service SDK of `call`.
    splitting: true,
    entryPoints: {
      main: "src/main.ts",
      index: "src/index.ts",
      "local-hub": "src/local-hub/index.ts",
      testing: "src/testing/index.ts",
      register: "src/register.ts",
      ...Object.fromEntries(Object.entries(RARELY_WANTED).map(([name, file]) => [file, name])),
    },
    // Beside main.js and not in a folder below: code that looks for its neighbours by import.meta.url counts on it.
    chunkNames: "[name]-[hash]",
    banner: { js: BANNER },
    define: { HUBHAND_COMMIT: JSON.stringify(commit) },
  });
  const agent = await bundleAgent({
    ...SHARED,
    outdir,
    apart: RARELY_WANTED,
    define: { HUBHAND_COMMIT: JSON.stringify(commit) },
  });
  // Alone, so that it shares no chunk with the agent, whatever one day is in common.
  const probe = await build({ ...SHARED, outdir, entryPoints: { probe: "src/probe.ts" } });
  // So is what each plugin's thread loads.
  const worker = await build({
    ...SHARED,
    outdir,
    entryPoints: { worker: "src/plugins/hosts/worker/entry.ts" },
  });
  const page = await buildStatusPage(path.join(outdir, "status-page"));
  const files = [main.metafile, agent, probe.metafile, worker.metafile, page];
  return {
    inputs: Object.assign({}, ...files.map(({ inputs }) => inputs)),
    outputs: Object.assign({}, ...files.map(({ outputs }) => outputs)),
  };
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));

/** The folders of all packages that have code in the bundle. */
function packagesIn({ inputs }: Metafile): string[] {
  const folders = Object.keys(inputs).flatMap(
    (input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? [],
  );
  return [...new Set(folders)].sort().map((folder) => path.join(ROOT, folder));
}

/** Writes what the bundle is made of, for whoever looks for a package with a known fault. */
export function writeSbom(metafile: Metafile, outdir: string): void {
  const { name } = manifestOf(ROOT);
  const manifests = packagesIn(metafile).map(manifestOf);
  const packages = new Set(manifests.map((each) => `${each.name}@${each.version}`));
  const sbom = shippedSbom({ sbom: npmSbom(ROOT), name, packages });
  writeFileSync(path.join(outdir, "sbom.cdx.json"), `${JSON.stringify(sbom, null, 2)}\n`);
}

/** Writes the licences of all packages in the bundle, as most of them ask of whoever passes them on. */
export function writeLicences(metafile: Metafile, outdir: string): void {
  const notices = packagesIn(metafile).map((at) => {
    const { name, version, license } = manifestOf(at);
    const files = readdirSync(at).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
    const texts = files.map((file) => readFileSync(path.join(at, file), "utf8").trim());
    return [`${name} ${version} (${license ?? "see its text"})`, ...texts].join("\n\n");
  });
  writeFileSync(
    path.join(outdir, "THIRD-PARTY-LICENSES.txt"),
    `${notices.join(`\n\n${"-".repeat(80)}\n\n`)}\n`,
  );
}

/** From the environment (an image is built without .git), else from git. */
function commitOf(env: NodeJS.ProcessEnv): string {
  if (env.HUBHAND_COMMIT) return env.HUBHAND_COMMIT;
  try {
    const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"];
    return execFileSync("git", ["rev-parse", "--short=12", "HEAD"], {
      cwd: ROOT,
      stdio,
      encoding: "utf8",
    }).trim();
  } catch {
    return "unknown";
  }
}

/** What each file weighs, the heaviest first, and how much of it is maps. */
function sizes({ outputs }: Metafile): string {
  const files = Object.entries(outputs).map(([file, { bytes }]) => ({ file: path.basename(file), bytes }));
  const isMap = ({ file }: { file: string }): boolean => file.endsWith(".map");
  const sum = (some: typeof files): string => kilobytes(some.reduce((total, { bytes }) => total + bytes, 0));
  const code = files.filter((file) => !isMap(file)).sort((a, b) => b.bytes - a.bytes);
  const lines = code.map(({ file, bytes }) => `${kilobytes(bytes)}  ${file}`);
  return [...lines, `${sum(code)}  in all, and ${sum(files.filter(isMap)).trim()} of source maps`].join("\n");
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1).padStart(8)} kB`;

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      outdir: { type: "string" },
      types: { type: "boolean", default: true },
      compiled: { type: "boolean", default: true },
    },
    allowNegative: true,
  });
  const outdir = path.resolve(values.outdir ?? path.join(ROOT, "dist"));
  // Chunks of earlier builds have other names, and would stay for ever.
  if (values.outdir === undefined) rmSync(outdir, { recursive: true, force: true });
  const metafile = await bundle({ outdir, commit: commitOf(process.env) });
  writeLicences(metafile, outdir);
  writeSbom(metafile, outdir);
  // In a process of its own, as it runs what it has compiled.
  if (values.compiled) {
    const script = path.join(ROOT, "scripts/keep-compiled.ts");
    execFileSync(process.execPath, [script, outdir], { stdio: ["ignore", "ignore", "inherit"] });
  }
  // Only now: who bundles alone (an image, a test) need not load what it stands on.
  if (values.types) {
    const { bundleTypes } = await import("./bundle-types.ts");
    await bundleTypes(path.join(outdir, "types"));
  }
  process.stdout.write(`${sizes(metafile)}\n`);
}
