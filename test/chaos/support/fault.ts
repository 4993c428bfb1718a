import type { FailureClass } from "../../../src/link/failure.ts";
import type { Scene } from "./scene.ts";

/** One thing that the agent says of why it is offline, in its log and at `/readyz`. */
export interface Sight {
  readonly class: FailureClass;
  readonly reason: string | RegExp;
}

/**
 * One thing that goes wrong, as data: what to do, what the agent must say of it, and how it ends. The course of the
 * test, and all that holds for every fault, is in `course.ts`.
 */
export interface Fault<S extends Scene = Scene> {
  /** Ends the sentence "the agent survives …". */
  readonly name: string;
  /** It is there before the agent starts; otherwise it strikes one that is online. */
  readonly fromTheStart?: boolean;
  /** Configuration of the agent, by environment variable, where the fault needs another one than the others. */
  readonly config?: Readonly<Record<string, string>>;
  strike(scene: S): unknown;
  /** What the agent must come to say, and go on saying, while the fault lasts. Left out: it passes by itself. */
  readonly lasting?: Sight;
  /**
   * What the agent says on its way there, and only that. If nothing lasts, it must say the first, and be back after;
   * if there is neither, the agent must stay online.
   */
  readonly passing?: readonly Sight[];
  heal?(scene: S): unknown;
  /** What must hold besides, when the agent is back. */
  afterwards?(scene: S): unknown;
}

/** One way of being told to stop at a bad moment, as data; the agent must end in time, in order, and leave nothing. */
export interface BadMoment<S extends Scene = Scene> {
  /** Ends the sentence "the agent stops in time …". */
  readonly name: string;
  readonly config?: Readonly<Record<string, string>>;
  /** Leads to the moment: the agent is online before. */
  arrange(scene: S): unknown;
  /** What happens right after the agent was told to stop. */
  meanwhile?(scene: S): unknown;
}
