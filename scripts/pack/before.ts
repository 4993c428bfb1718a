/**
 * `prepack` of npm: builds, and for the time of packing puts the package.json in place that is published, as npm has no other
 * way to say it. `after.ts` puts the checkout's own back; so does the next packing, if this one breaks off.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { KEPT, MANIFEST, putBack, ROOT } from "./kept.ts";
import { type Manifest, publishedManifest } from "./manifest.ts";

putBack();
// Standard output is what npm prints: the name of the package's file, or JSON.
execFileSync(process.execPath, [path.join(ROOT, "scripts/build.ts"), "--no-compiled"], {
  stdio: ["ignore", 2, 2],
});
mkdirSync(path.dirname(KEPT), { recursive: true });
copyFileSync(MANIFEST, KEPT);
const manifest = JSON.parse(readFileSync(MANIFEST, "utf8")) as Manifest;
writeFileSync(MANIFEST, `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`);
