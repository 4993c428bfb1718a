/**
 * What an image weighs where it is pulled: the sum of its layers, each compressed as registries keep them (gzip).
 *
 *     node scripts/image-size.ts IMAGE...
 */
import { execFileSync } from "node:child_process";
import { closeSync, createReadStream, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

const MAGIC_OF_GZIP = 0x1f8b;

/** Sizes in bytes, in the order of the images. A layer that two of them share is compressed once. */
export async function compressedSizes(images: readonly string[]): Promise<number[]> {
  const folder = mkdtempSync(path.join(tmpdir(), "hubhand-image-size-"));
  try {
    const archive = path.join(folder, "images.tar");
    execFileSync("docker", ["save", "--output", archive, ...images]);
    execFileSync("tar", ["-xf", archive, "-C", folder]);
    const manifest: { RepoTags: string[]; Layers: string[] }[] = JSON.parse(
      readFileSync(path.join(folder, "manifest.json"), "utf8"),
    );
    const files = [...new Set(manifest.flatMap(({ Layers }) => Layers))];
    const sizes = new Map(
      await Promise.all(files.map(async (file) => [file, await gzipped(path.join(folder, file))] as const)),
    );
    return images.map((image) => {
      const names = [image, `${image}:latest`];
      const layers = manifest.find(({ RepoTags }) => RepoTags.some((tag) => names.includes(tag)))?.Layers;
      if (layers === undefined) throw new Error(`docker save left ${image} out`);
      return layers.reduce((sum, layer) => sum + (sizes.get(layer) ?? 0), 0);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function gzipped(file: string): Promise<number> {
  let bytes = 0;
  const count = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) bytes += chunk.length;
  };
  const start = Buffer.alloc(2);
  const descriptor = openSync(file, "r");
  readSync(descriptor, start);
  closeSync(descriptor);
  // Newer engines keep layers as they were pulled.
  if (start.readUInt16BE(0) === MAGIC_OF_GZIP) await count(createReadStream(file));
  else await pipeline(createReadStream(file), createGzip(), count);
  return bytes;
}

if (import.meta.main) {
  const images = process.argv.slice(2);
  for (const [index, bytes] of (await compressedSizes(images)).entries())
    process.stdout.write(`${(bytes / 1e6).toFixed(1).padStart(7)} MB  ${images[index]}\n`);
}
