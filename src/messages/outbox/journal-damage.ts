import { type FileHandle, open } from "node:fs/promises";

/** https://www.sqlite.org/fileformat2.html, "The Write-Ahead Log": all numbers are big-endian. */
const HEADER = 32;
const FRAME_HEADER = 24;
const MAGIC = 0x377f0682;
/** Frames that are read at once. */
const AT_ONCE = 64;

/**
 * Looks into the journal that an earlier run has left, before SQLite does: SQLite takes what is whole from the front, and
 * forgets the rest without a word. A power cut leaves a last transaction that is not whole, of which nobody was promised
 * anything. Whole transactions behind a fault are something else: there were promises.
 * @returns what is wrong, for a person; undefined if there is no journal, or nothing is
 */
export async function journalDamage(path: string): Promise<string | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch {
    return undefined; // There is none, or SQLite will say what is wrong with it.
  }
  try {
    return await damageOf(file);
  } finally {
    await file.close();
  }
}

async function damageOf(file: FileHandle): Promise<string | undefined> {
  const { size } = await file.stat();
  const header = await bytesAt(file, 0, HEADER);
  if (header === undefined) return undefined;
  // The last bit of the magic number says in which order of bytes the sums are made.
  const magic = header.getUint32(0);
  const isLittle = magic === MAGIC;
  const pageSize = header.getUint32(8) === 1 ? 65_536 : header.getUint32(8);
  const sums: Sums = [0, 0];
  addTo(sums, header, { from: 0, to: 24, isLittle });
  const isHeaderWhole =
    (magic & ~1) >>> 0 === MAGIC && header.getUint32(24) === sums[0] && header.getUint32(28) === sums[1];
  if (!isHeaderWhole) return size > HEADER + FRAME_HEADER + 512 ? "its beginning is damaged" : undefined;

  const [salt1, salt2] = [header.getUint32(16), header.getUint32(20)];
  const frameSize = FRAME_HEADER + pageSize;
  const frames = Math.floor((size - HEADER) / frameSize);
  let broken: number | undefined;
  for (let first = 0; first < frames; first += AT_ONCE) {
    const count = Math.min(AT_ONCE, frames - first);
    const chunk = await bytesAt(file, HEADER + first * frameSize, count * frameSize);
    if (chunk === undefined) return undefined;
    for (let index = 0; index < count; index += 1) {
      const at = index * frameSize;
      const isOurs = chunk.getUint32(at + 8) === salt1 && chunk.getUint32(at + 12) === salt2;
      if (broken === undefined) {
        addTo(sums, chunk, { from: at, to: at + 8, isLittle });
        addTo(sums, chunk, { from: at + FRAME_HEADER, to: at + frameSize, isLittle });
        const isWhole = chunk.getUint32(at + 16) === sums[0] && chunk.getUint32(at + 20) === sums[1];
        if (!isOurs || !isWhole) broken = first + index;
      } else if (isOurs && chunk.getUint32(at + 4) !== 0) {
        return `page ${broken + 1} of ${frames} in it is damaged, and what was written behind that cannot be used`;
      }
    }
  }
  return undefined;
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<DataView | undefined> {
  const { bytesRead, buffer } = await file.read(new Uint8Array(length), 0, length, position);
  return bytesRead < length ? undefined : new DataView(buffer.buffer, buffer.byteOffset, length);
}

type Sums = [number, number];

function addTo(
  sums: Sums,
  bytes: DataView,
  { from, to, isLittle }: { from: number; to: number; isLittle: boolean },
): void {
  let [one, other] = sums;
  for (let at = from; at < to; at += 8) {
    one = (one + bytes.getUint32(at, isLittle) + other) >>> 0;
    other = (other + bytes.getUint32(at + 4, isLittle) + one) >>> 0;
  }
  sums[0] = one;
  sums[1] = other;
}
