import type { Clock } from "../../../clock.ts";
import type { Logger } from "../../../events/logger.ts";
import type { Telemetry } from "../../../messages/telemetry.ts";
import type { CommandDeclaration } from "../../declaration/declaration.ts";
import type { MethodDefaults } from "../assemble.ts";
import type { ProcessGroups } from "../groups.ts";

/** What a plugin that is a program is made of, whether it is started for each call or goes on. */
export interface ProgramOptions {
  readonly declaration: CommandDeclaration;
  /** Valid already. */
  readonly settings: Record<string, unknown>;
  readonly defaults: MethodDefaults;
  /** The agent's own environment; little of it is passed on. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly groups: ProcessGroups;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
  readonly clock: Clock;
}
