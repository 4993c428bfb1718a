/** What a DTDL name may not hold: it is letters, digits and `_`, begins with a letter and does not end with `_` (DTDL v3). */
const NOT_ALLOWED = /[^A-Za-z0-9_]/g;

/** What a plugin or a method is called in the twin and in models: `-` and `.` become `_`. */
export function modelNameOf(name: string): string {
  const allowed = name.replace(NOT_ALLOWED, "_").replace(/_+$/, "");
  return /^[A-Za-z]/.test(allowed) ? allowed : `p${allowed}`;
}
