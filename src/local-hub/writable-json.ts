/** Whether it can be written as JSON: what was read from a few kilobytes of brackets may be deeper than the stack. */
export function isWritable(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

/** The JSON that a client sent, if it is any, and can be shown to others. */
export function readWritable(text: string): { value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isWritable(value) ? { value } : undefined;
  } catch {
    return undefined;
  }
}
