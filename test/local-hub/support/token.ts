import { createHmac } from "node:crypto";

/** Makes a shared access signature from Microsoft's description of it, apart from the code under test. */
export function makeToken(options: {
  /** `localhost/devices/dev1`, not yet encoded. */
  resource: string;
  key: string;
  /** Seconds from now; negative is past. */
  expiresIn?: number;
  policyName?: string;
}): string {
  const { resource, key, expiresIn = 3600, policyName } = options;
  const sr = encodeURIComponent(resource);
  const se = Math.ceil(Date.now() / 1000) + expiresIn;
  const signature = createHmac("sha256", Buffer.from(key, "base64")).update(`${sr}\n${se}`).digest("base64");
  const skn = policyName === undefined ? "" : `&skn=${policyName}`;
  return `SharedAccessSignature sr=${sr}&sig=${encodeURIComponent(signature)}&se=${se}${skn}`;
}

/** The key at the end of a connection string. */
export function keyIn(connectionString: string): string {
  return connectionString.slice(connectionString.indexOf("SharedAccessKey=") + "SharedAccessKey=".length);
}
