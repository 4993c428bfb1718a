/** Why the system refused to read a file, in words. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const words: Record<string, string> = {
    ENOENT: "it does not exist",
    EACCES: "this user may not read it",
    EPERM: "this user may not read it",
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
