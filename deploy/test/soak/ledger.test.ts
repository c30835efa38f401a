import { describe, expect, it } from "vitest";
import { createLedger } from "../../soak/agents/ledger.ts";

function acknowledge(ledger: ReturnType<typeof createLedger>, count: number): void {
  for (let index = 0; index < count; index += 1) ledger.acknowledge(ledger.next(), "redis-0");
}

describe("the ledger of writes", () => {
  it("asks of a backup what was acknowledged before it began and is still to be there when it ended", () => {
    const ledger = createLedger();
    acknowledge(ledger, 3);
    ledger.next();
    ledger.mark("nightly", Number.POSITIVE_INFINITY);
    acknowledge(ledger, 2);
    ledger.seal("nightly");
    expect(ledger.requiredOf("nightly")).toEqual([1, 2, 3]);
  });

  it("asks nothing that a failover has lost, told at any time", () => {
    const ledger = createLedger();
    acknowledge(ledger, 3);
    ledger.mark("nightly", Number.POSITIVE_INFINITY);
    ledger.seal("nightly");
    ledger.lose([2]);
    expect(ledger.requiredOf("nightly")).toEqual([1, 3]);
  });

  it("asks nothing that was let go of during the backup", () => {
    const ledger = createLedger();
    acknowledge(ledger, 2);
    ledger.mark("nightly", Number.POSITIVE_INFINITY);
    ledger.retire(Number.POSITIVE_INFINITY);
    ledger.seal("nightly");
    expect(ledger.requiredOf("nightly")).toEqual([]);
  });

  it("tells each lost write once, with who had acknowledged it, and none that it has let go of", () => {
    const ledger = createLedger();
    acknowledge(ledger, 2);
    expect(ledger.lose([2])).toMatchObject([{ number: 2, pod: "redis-0" }]);
    expect(ledger.lose([2])).toEqual([]);
    ledger.retire(Number.POSITIVE_INFINITY);
    expect(ledger.lose([1])).toEqual([]);
    expect(ledger.acknowledgedInAll()).toBe(2);
  });
});
