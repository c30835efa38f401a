import { describe, expect, it } from "vitest";
import { inOrderOfCompletion } from "./in-order-of-completion.ts";

/** Work that ends when a test says so, and by its signal. */
function createWork() {
  const begun = new Map<number, PromiseWithResolvers<number>>();
  const signals = new Map<number, AbortSignal>();
  async function work(item: number, signal: AbortSignal): Promise<number> {
    const ended = Promise.withResolvers<number>();
    begun.set(item, ended);
    signals.set(item, signal);
    signal.addEventListener("abort", () => ended.resolve(-item));
    if (signal.aborted) ended.resolve(-item);
    return ended.promise;
  }
  return {
    work,
    begun: () => Array.from(begun.keys()),
    end: (item: number) => begun.get(item)?.resolve(item),
    aborted: () => Array.from(signals.keys()).filter((item) => signals.get(item)?.aborted),
  };
}

const options = { concurrency: 10, signal: undefined };

describe("values in the order of their completion", () => {
  it("are given as they come", async () => {
    const { work, end } = createWork();
    const values = inOrderOfCompletion([1, 2, 3], { ...options, work });
    const first = values.next();
    end(3);
    expect(await first).toEqual({ done: false, value: 3 });
    end(1);
    expect(await values.next()).toEqual({ done: false, value: 1 });
    end(2);
    expect(await values.next()).toEqual({ done: false, value: 2 });
    expect(await values.next()).toEqual({ done: true, value: undefined });
  });

  it("are none of nothing", async () => {
    expect(await inOrderOfCompletion([], { ...options, ...createWork() }).next()).toMatchObject({
      done: true,
    });
  });

  it("come from no more work at once than allowed, and none is begun before a value was taken", async () => {
    const { work, begun, end } = createWork();
    const values = inOrderOfCompletion([1, 2, 3, 4], { ...options, concurrency: 2, work });
    const first = values.next();
    expect(begun()).toEqual([1, 2]);
    end(1);
    end(2);
    await first;
    expect(begun()).toEqual([1, 2]);
    await values.next();
    expect(begun()).toEqual([1, 2]);
    const third = values.next();
    await expect.poll(begun).toEqual([1, 2, 3, 4]);
    end(4);
    expect(await third).toMatchObject({ value: 4 });
    await values.return();
  });

  it("of more items than are begun in one turn are all given", async () => {
    const items = Array.from({ length: 1_000 }, (_, index) => index);
    const values = new Set<number>();
    const all = { ...options, concurrency: 1_000, work: (item: number) => Promise.resolve(item) };
    for await (const value of inOrderOfCompletion(items, all)) {
      values.add(value);
    }
    expect(values.size).toBe(1_000);
  });

  it("end the work under way when their consumer leaves", async () => {
    const { work, end, begun, aborted } = createWork();
    const values = inOrderOfCompletion([1, 2, 3, 4], { ...options, concurrency: 3, work });
    const first = values.next();
    end(1);
    await first;
    await values.return();
    expect(begun()).toEqual([1, 2, 3]);
    expect(aborted()).toEqual([2, 3]);
  });

  it("all come when the signal aborts", async () => {
    const { work } = createWork();
    const controller = new AbortController();
    const values = inOrderOfCompletion([1, 2, 3], { concurrency: 2, signal: controller.signal, work });
    const first = values.next();
    controller.abort();
    const given = [(await first).value];
    for await (const value of values) given.push(value);
    expect(given).toEqual([-1, -2, -3]);
  });

  it("fail as the first work that fails, and the rest is ended", async () => {
    const { work, aborted } = createWork();
    const failure = new Error("on 2");
    const values = inOrderOfCompletion([1, 2, 3], {
      ...options,
      work: (item, signal) => (item === 2 ? Promise.reject(failure) : work(item, signal)),
    });
    await expect(values.next()).rejects.toBe(failure);
    expect(aborted()).toEqual([1, 3]);
  });

  it("fail also when that happens while their consumer is busy", async () => {
    const failure = new Error("on 2");
    const busy = Promise.withResolvers<void>();
    const values = inOrderOfCompletion([1, 2], {
      ...options,
      work: async (item) => {
        if (item === 1) return item;
        await busy.promise;
        throw failure;
      },
    });
    expect(await values.next()).toMatchObject({ value: 1 });
    busy.resolve();
    await new Promise(setImmediate);
    await expect(values.next()).rejects.toBe(failure);
  });
});
