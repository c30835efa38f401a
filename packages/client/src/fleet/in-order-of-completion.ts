import { pause } from "../http/pause.ts";

// How many are begun in one turn of the event loop: begun all at once, a thousand calls would hold each other up.
const burst = 25;

/** What is done for each item, and for how many at once. */
export interface CompletionOptions<Item, Value> {
  readonly concurrency: number;
  readonly work: (item: Item, signal: AbortSignal) => Promise<Value>;
  /** Aborts all work under way, and that which begins later. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Does the work for each item and yields the values as they come.
 *
 * A value that was not taken yet counts as under way, so that nothing runs ahead of its consumer. One that leaves early
 * aborts what is under way, and waits for it.
 *
 * @throws What `work` throws first; the rest is aborted then.
 */
export async function* inOrderOfCompletion<Item, Value>(
  items: Iterable<Item>,
  { concurrency, work, signal }: CompletionOptions<Item, Value>,
): AsyncGenerator<Value, void, void> {
  // Each has a signal of its own: Node 20 warns of a leak where many listen to one.
  const running = new Map<Promise<void>, AbortController>();
  const done: Value[] = [];
  let failure: { readonly reason: unknown } | undefined;
  let wake: (() => void) | undefined;

  async function run(item: Item, own: AbortSignal): Promise<void> {
    try {
      done.push(await work(item, own));
    } catch (reason) {
      failure ??= { reason };
    }
  }
  function start(item: Item): void {
    const controller = new AbortController();
    if (signal?.aborted === true) controller.abort(signal.reason);
    const task = run(item, controller.signal).finally(() => {
      running.delete(task);
      wake?.();
    });
    running.set(task, controller);
  }
  function abortAll(): void {
    for (const controller of running.values()) controller.abort(signal?.reason);
  }

  signal?.addEventListener("abort", abortAll, { once: true });
  const waiting = items[Symbol.iterator]();
  try {
    for (;;) {
      if (failure !== undefined) throw failure.reason;
      let started = 0;
      for (; started < burst && running.size + done.length < concurrency; started += 1) {
        const next = waiting.next();
        if (next.done === true) break;
        start(next.value);
      }
      if (started === burst) await pause(0, undefined);
      else if (running.size + done.length === 0) break;
      else if (done.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      yield* done.splice(0);
    }
  } finally {
    abortAll();
    await Promise.all(running.keys());
    signal?.removeEventListener("abort", abortAll);
  }
}
