import { waitUntil } from "../time/wait-until.ts";

export interface ReceivedEvent {
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like
  readonly data: any;
}

export interface EventReader {
  /** All that came so far. */
  readonly events: readonly ReceivedEvent[];
  readonly comments: readonly string[];
  /** Resolves when the stream is over, whoever ended it. */
  readonly ended: Promise<void>;
  /** The first event that fits, of those there are or are to come. */
  event(what: string, fits: (event: ReceivedEvent) => boolean): Promise<ReceivedEvent>;
  close(): void;
}

/** Reads a stream of server-sent events as a browser does. */
export async function readEvents(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
  const abort = new AbortController();
  const response = await fetch(url, { signal: abort.signal, headers });
  if (response.status !== 200 || response.body === null)
    throw new Error(`${url} answers ${response.status}: ${await response.text()}`);
  const events: ReceivedEvent[] = [];
  const comments: string[] = [];
  const chunks = response.body.pipeThrough(new TextDecoderStream());

  async function read(): Promise<void> {
    let text = "";
    for await (const chunk of chunks) {
      text += chunk;
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) take(block);
    }
  }

  function take(block: string): void {
    if (block.startsWith(":")) {
      comments.push(block);
      return;
    }
    const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s, 2)));
    events.push({ event: fields.event, data: JSON.parse(fields.data) });
  }

  return {
    events,
    comments,
    ended: read().catch(() => {}),
    async event(what, fits) {
      await waitUntil(what, () => events.some(fits));
      return events.find(fits) as ReceivedEvent;
    },
    close: () => abort.abort(),
  };
}
