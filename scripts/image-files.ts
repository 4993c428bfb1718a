/**
 * Lays out what the Dockerfile copies into an image, a folder a layer, each with paths from the root of the image. It reads
 * the files of the target's images and runs none of them, so that an image for arm64 is made without emulating one.
 *
 *     node scripts/image-files.ts --node IMAGE_ROOT --base IMAGE_ROOT --outdir FOLDER [--architecture amd64|arm64]
 *
 * Each file gets the time SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/, 0 without one) and
 * rights that do not depend on who checked it out: the same input gives the same layers.
 */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** What Node loads: the C and the C++ library, what the first loads to look names up, and the loader. */
const LIBRARY =
  /^(ld-linux.*|lib(c|m|dl|pthread|rt|resolv|nss_dns|nss_files|stdc\+\+|gcc_s|atomic))\.so\.[\d.]+$/;
/** The packages that bring them: their licences go along, and their entries, which scanners look for. */
const PACKAGES = new Set(["libc6", "libgcc-s1", "libstdc++6", "libatomic1"]);

/** The image says the number; this is its name, and a home that it may write to. */
const USER = "hubhand:x:1000:1000::/data:/usr/sbin/nologin";
const GROUP = "hubhand:x:1000:";

export interface ImageFilesOptions {
  /** The root of an image that holds Node. */
  readonly node: string;
  /** The root of the image that the default one stands on. */
  readonly base: string;
  readonly outdir: string;
}

/** Writes `node/`, and what is beside it and the app: `default/` on a base image, `minimal/` on nothing. */
export function layOutImages({ node, base, outdir }: ImageFilesOptions): void {
  const write = (file: string, text: string): void => writeFileSync(made(path.join(outdir, file)), text);
  const copy = (file: string, layer: string): void => {
    const from = path.join(node, file);
    const to = made(path.join(outdir, layer, file));
    // A link as it is: where it leads is in the image, not here.
    if (lstatSync(from).isSymbolicLink()) symlinkSync(readlinkSync(from), to);
    else copyFileSync(from, to);
  };

  copy("usr/local/bin/node", "node");
  write("node/usr/local/share/doc/node/LICENSE", licenceOfNode(node));

  const libraries = librariesIn(node);
  const links = ["lib", "lib64"].filter((name) => isThere(path.join(node, name)));
  for (const file of [...links, ...libraries]) copy(file, "minimal");
  // Node's image may bring what a bare base has not, such as libatomic1.
  for (const file of libraries) if (!isThere(path.join(base, file))) copy(file, "default");

  for (const [file, line] of [
    ["etc/passwd", USER],
    ["etc/group", GROUP],
  ] as const) {
    const known = readFileSync(path.join(base, file), "utf8").trimEnd().split("\n");
    write(`default/${file}`, [...known, line, ""].join("\n"));
    write(
      `minimal/${file}`,
      [...known.filter((each) => /^(root|nobody|nogroup):/.test(each)), line, ""].join("\n"),
    );
  }
  write("minimal/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
  for (const { name, entry, licence } of packagesIn(node)) {
    // As distroless images have it, so that scanners find it.
    write(`minimal/var/lib/dpkg/status.d/${name}`, entry);
    write(`minimal/usr/share/doc/${name}/copyright`, licence);
  }
}

/** Writes the agent as it lies in the image: what `npm run build` made, without what is for people who develop. */
export function layOutApp(root: string, outdir: string): void {
  const app = path.join(outdir, "app");
  for (const name of ["package.json", "LICENSE", "config", "examples", "dist"])
    cpSync(path.join(root, name), made(path.join(app, name)), {
      recursive: true,
      // The maps alone are nearly as large as the code.
      filter: (file) => !/\.(map|cache)$/.test(file) && file !== path.join(root, "dist/types"),
    });
  for (const name of ["THIRD-PARTY-LICENSES.txt", "sbom.cdx.json"])
    renameSync(path.join(app, "dist", name), path.join(app, name));
  mkdirSync(path.join(app, "plugins"));
}

/**
 * Writes what V8 made of the agent (scripts/keep-compiled.ts), if that was for the image's architecture: apart, as its bytes
 * are others each time.
 * @param architecture as Docker names it; undefined for the one that runs this
 */
export function layOutCompiled(root: string, outdir: string, architecture?: string): void {
  const dist = path.join(outdir, "compiled/app/dist");
  mkdirSync(dist, { recursive: true });
  const node = architecture === undefined ? process.arch : architecture.replace("amd64", "x64");
  const name = `agent-${node}.cache`;
  if (isThere(path.join(root, "dist", name)))
    copyFileSync(path.join(root, "dist", name), path.join(dist, name));
}

/** Gives all below a folder the same time, and the rights that the owner has to everybody, but for writing. */
export function settle(folder: string, epoch: number): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) settle(file, epoch);
    else if (entry.isFile()) chmodSync(file, (lstatSync(file).mode & 0o100) === 0 ? 0o644 : 0o755);
    lutimesSync(file, epoch, epoch);
  }
  chmodSync(folder, 0o755);
  lutimesSync(folder, epoch, epoch);
}

/** The libraries of Node and the links that name them, as paths from the root of the image. */
function librariesIn(root: string): string[] {
  const isFolder = (name: string): boolean =>
    lstatSync(path.join(root, name), { throwIfNoEntry: false })?.isDirectory() === true;
  const triplets = readdirSync(path.join(root, "usr/lib"))
    .filter((name) => name.includes("-linux-gnu"))
    .map((name) => `usr/lib/${name}`);
  // One folder for the architecture, and the loader's fixed place.
  const found = ["usr/lib", "usr/lib64", ...triplets].filter(isFolder).flatMap((folder) =>
    readdirSync(path.join(root, folder))
      .filter((name) => LIBRARY.test(name))
      .map((name) => `${folder}/${name}`),
  );
  for (const need of ["libc.so.6", "libstdc++.so.6"]) {
    if (found.some((file) => path.basename(file) === need)) continue;
    throw new Error(
      `no ${need} below usr/lib of NODE_IMAGE: it must be one of those on Debian, such as node:24-bookworm-slim`,
    );
  }
  return found.sort();
}

function licenceOfNode(root: string): string {
  const file = ["usr/local/LICENSE", "usr/local/share/doc/node/LICENSE"].find((each) =>
    isThere(path.join(root, each)),
  );
  if (file === undefined)
    throw new Error("no usr/local/LICENSE in NODE_IMAGE: Node's licence must go along with it");
  return readFileSync(path.join(root, file), "utf8");
}

/** What dpkg knows of the libraries' packages (deb-control(5)). */
function packagesIn(root: string): { name: string; entry: string; licence: string }[] {
  const status = readFileSync(path.join(root, "var/lib/dpkg/status"), "utf8").trim();
  return status.split("\n\n").flatMap((entry) => {
    const name = /^Package: (.+)$/m.exec(entry)?.[1] ?? "";
    if (!PACKAGES.has(name)) return [];
    // Of the same source, it may share a folder: libstdc++6 -> gcc-12-base.
    const licence = readFileSync(path.join(root, "usr/share/doc", name, "copyright"), "utf8");
    return [{ name, entry: `${entry}\n`, licence }];
  });
}

const isThere = (file: string): boolean => lstatSync(file, { throwIfNoEntry: false }) !== undefined;

function made(file: string): string {
  mkdirSync(path.dirname(file), { recursive: true });
  return file;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      node: { type: "string" },
      base: { type: "string" },
      outdir: { type: "string" },
      architecture: { type: "string" },
    },
  });
  const { node, base, outdir } = values;
  if (node === undefined || base === undefined || outdir === undefined)
    throw new Error("node scripts/image-files.ts --node IMAGE_ROOT --base IMAGE_ROOT --outdir FOLDER");
  layOutImages({ node, base, outdir });
  const root = fileURLToPath(new URL("..", import.meta.url));
  layOutApp(root, path.join(outdir, "app"));
  layOutCompiled(root, outdir, values.architecture || undefined);
  // What may be written to, if a volume or the container's own layer lies there.
  for (const folder of ["data/data", "minimal/tmp"])
    mkdirSync(path.join(outdir, folder), { recursive: true });
  const epoch = Number(process.env.SOURCE_DATE_EPOCH || 0);
  if (!Number.isSafeInteger(epoch) || epoch < 0)
    throw new Error(
      `SOURCE_DATE_EPOCH is ${process.env.SOURCE_DATE_EPOCH}; expected seconds since 1970, as git log -1 --format=%ct tells`,
    );
  settle(outdir, epoch);
  chmodSync(path.join(outdir, "minimal/tmp"), 0o1777);
}
