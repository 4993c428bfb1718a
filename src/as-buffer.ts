/** The same bytes as a Buffer, not copied: only they, and not what lies around them in memory. */
export function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
