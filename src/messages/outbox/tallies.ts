import type { Amount, Amounts } from "./bounds.ts";
import type { Priority } from "./outbox.ts";

/** Counts messages and their bytes by priority. */
export interface Tallies {
  add(priority: Priority, size: number): void;
  remove(priority: Priority, size: number): void;
  include(priority: Priority, amount: Amount): void;
  readonly amounts: Amounts;
  clear(): void;
}

export function createTallies(): Tallies {
  const none = () => ({ messages: 0, bytes: 0 });
  const amounts: [Mutable<Amount>, Mutable<Amount>, Mutable<Amount>] = [none(), none(), none()];
  return {
    amounts,
    add(priority, size) {
      amounts[priority].messages += 1;
      amounts[priority].bytes += size;
    },
    remove(priority, size) {
      amounts[priority].messages -= 1;
      amounts[priority].bytes -= size;
    },
    include(priority, { messages, bytes }) {
      amounts[priority].messages += messages;
      amounts[priority].bytes += bytes;
    },
    clear() {
      for (const amount of amounts) Object.assign(amount, none());
    },
  };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What is in the one and not in the other. */
export function difference(all: Amounts, some: Amounts): Amounts {
  const less = (priority: Priority): Amount => ({
    messages: all[priority].messages - some[priority].messages,
    bytes: all[priority].bytes - some[priority].bytes,
  });
  return [less(0), less(1), less(2)];
}
