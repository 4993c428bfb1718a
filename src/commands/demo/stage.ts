import path from "node:path";
import { PACKAGE_ROOT } from "../../own-files.ts";
import type { Child, ChildOptions } from "./child.ts";

/** Below node_modules nothing is written, and Node runs no TypeScript there. */
export const IS_INSTALLED = PACKAGE_ROOT.split(path.sep).includes("node_modules");
/** Where config/demo.yaml looks for the hub's CA, in a checkout. */
export const DATA_DIRECTORY = path.join(IS_INSTALLED ? process.cwd() : PACKAGE_ROOT, ".hubhand/hub");

export const DEVICE_ID = "demo-device";
export const METHOD = "DeviceMethod";

/** Where the demo plays, and how. */
export interface Stage {
  readonly once: boolean;
  readonly everyMs: number;
  readonly dataDirectory: string;
  start(options: ChildOptions): Child;
  isStopping(): boolean;
}
