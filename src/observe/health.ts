import { messageOf } from "../errors.ts";

/** What one part says of itself. */
export interface PartHealth {
  readonly ready: boolean;
  /** Why not, or what of it: whatever helps someone who looks; JSON, never a secret. */
  readonly [detail: string]: unknown;
}

export interface Health {
  /** Adds a part; `look` is called at each request and must be quick. */
  register(part: string, look: () => PartHealth): void;
  /** Whether the agent can do what it is for, part by part. */
  readiness(): { ready: boolean; parts: Record<string, PartHealth> };
}

/** Collects what the parts say of themselves. It knows none of them. */
export function createHealth(): Health {
  const looks = new Map<string, () => PartHealth>();
  return {
    register(part, look) {
      looks.set(part, look);
    },
    readiness() {
      const parts = Object.fromEntries([...looks].map(([part, look]) => [part, safely(look)]));
      return { ready: Object.values(parts).every((part) => part.ready), parts };
    },
  };
}

/** A part that cannot even tell how it is, is not well; the others still are told. */
function safely(look: () => PartHealth): PartHealth {
  try {
    return look();
  } catch (error) {
    return { ready: false, problem: messageOf(error) };
  }
}
