/**
 * Why the system refused to read a file, in words.
 * @param user who wanted to: in a container, it is by its number that a file is made readable for it
 */
export function whyUnreadable(error: unknown, user = process.getuid?.()): string {
  const forbidden = `user ${user ?? "unknown"} may not read it`;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const words: Record<string, string> = {
    ENOENT: "it does not exist",
    EACCES: forbidden,
    EPERM: forbidden,
    EISDIR: "it is a folder",
    NOT_A_FILE: "it is not a file",
    EFBIG: "it is too large",
    // What opening a socket comes to.
    ENXIO: "it is not a file",
    ENOTDIR: "a part of its path is not a folder",
    ELOOP: "its links go round in a circle",
  };
  return words[code] ?? `it cannot be read (${code || "unknown reason"})`;
}
