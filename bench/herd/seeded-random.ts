import { createCipheriv, createHash } from "node:crypto";

const BUFFERED_NUMBERS = 16_384;

/**
 * Numbers in [0, 1), the same for the same seed on every machine: the key stream of AES in counter mode, so
 * that no generator of our own has to be trusted.
 */
export function seededRandom(seed: number): () => number {
  const key = createHash("sha256").update(String(seed)).digest();
  const stream = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  const zeros = Buffer.alloc(4 * BUFFERED_NUMBERS);
  let numbers = zeros;
  let offset = zeros.length;
  return () => {
    if (offset === numbers.length) {
      numbers = stream.update(zeros);
      offset = 0;
    }
    const number = numbers.readUInt32LE(offset) / 2 ** 32;
    offset += 4;
    return number;
  };
}
