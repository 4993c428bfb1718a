import type { AgentUnderTest } from "./agent.ts";

/** The link's part of `/readyz`. */
export interface LinkHealth {
  readonly ready: boolean;
  readonly state: string;
  readonly way?: string;
  readonly lastFailure?: { readonly class: string; readonly reason: string; readonly message: string };
}

export interface Readiness {
  readonly status: number;
  readonly link: LinkHealth;
}

export async function readiness({ url }: AgentUnderTest): Promise<Readiness> {
  const response = await fetch(`${url}/readyz`);
  const { parts } = (await response.json()) as { parts: { link: LinkHealth } };
  return { status: response.status, link: parts.link };
}

export async function isAlive({ url }: AgentUnderTest): Promise<boolean> {
  const response = await fetch(`${url}/livez`);
  await response.body?.cancel();
  return response.status === 200;
}

/** Series by their name and labels as they are written, `hubhand_link_state{state="online"}`, all of one moment. */
export type Scrape = (series: string) => number;

export async function scrape({ url }: AgentUnderTest): Promise<Scrape> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const values = new Map(
    text.split("\n").map((line) => {
      const end = line.lastIndexOf(" ");
      return [line.slice(0, end), Number(line.slice(end))];
    }),
  );
  return (series) => {
    const value = values.get(series);
    if (value === undefined) throw new Error(`there is no ${series}`);
    return value;
  };
}
