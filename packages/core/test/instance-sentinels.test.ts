import { createTemporaryDirectory, startRedisServer, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import type { BootDecision } from "../src/replication/boot-role.ts";
import { createToldObserver, self, startInstance, type TestedInstance } from "./instance-fixture.ts";

// Documentation addresses (RFC 5737): nothing answers there.
const other = { host: "198.51.100.2", port: 6379 };
const primary: BootDecision = { boot: { role: "primary" }, isSettled: true, because: "the sentinels" };
const replica: BootDecision = { ...primary, boot: { role: "replica", primary: other } };
const waiting: BootDecision = {
  boot: { role: "undesignated" },
  isSettled: false,
  notReady: "nobody is named",
  because: "nobody is named",
};

/** Sentinels that say what a test tells them. */
function createToldSentinels(decision: BootDecision) {
  let told = decision;
  return {
    tell: (next: BootDecision) => void (told = next),
    ask: () => Promise.resolve(told),
  };
}

function write(instance: TestedInstance): Promise<unknown> {
  return instance.send("SET", "key", "value");
}

function logged(instance: TestedInstance, message: string): boolean {
  return instance.lines.some((line) => line.message === message);
}

describe("with sentinels", () => {
  it("is read-only and not ready while they name nobody, and the primary once they name it", async () => {
    const sentinels = createToldSentinels(waiting);
    await using instance = await startInstance({ askSentinels: sentinels.ask });
    expect(await instance.isHeld("nobody is named")).toBe(true);
    await waitFor(async () => (await instance.send("PING")) === "PONG", { what: "Redis" });
    await expect(write(instance)).rejects.toThrow("READONLY");
    expect(await instance.instance.isRunning()).toBe(true);
    sentinels.tell(primary);
    await instance.becomesReady();
    expect(await write(instance)).toBe("OK");
  });

  it("says each new reason to wait once", async () => {
    const sentinels = createToldSentinels(waiting);
    await using instance = await startInstance({ askSentinels: sentinels.ask });
    await instance.isHeld("nobody is named");
    sentinels.tell({ ...waiting, notReady: "they are failing over" });
    await instance.isHeld("they are failing over");
    sentinels.tell(primary);
    await instance.becomesReady();
    const reasons = instance.lines.filter(({ message }) => message === "the role can't be settled");
    expect(reasons.map(({ fields }) => fields["reason"])).toEqual(["they are failing over"]);
  });

  it("follows whom they name from the start", async () => {
    const sentinels = createToldSentinels(replica);
    await using instance = await startInstance({ askSentinels: sentinels.ask });
    await instance.becomesReady();
    expect(await instance.status()).toMatchObject({ role: "replica", primary: other });
    expect(logged(instance, "demoted")).toBe(false);
  });

  it("follows another where they have changed their mind while it was started", async () => {
    const answers = [primary];
    await using instance = await startInstance({
      askSentinels: () => Promise.resolve(answers.shift() ?? replica),
    });
    await instance.becomesReady();
    expect(await instance.status()).toMatchObject({ role: "replica", primary: other });
    expect(logged(instance, "promoted")).toBe(false);
  });

  it("doesn't become the primary where they have changed their mind since the step before", async () => {
    // At the start, for the step, and before the promotion itself.
    const answers = [primary, primary];
    await using instance = await startInstance({
      askSentinels: () => Promise.resolve(answers.shift() ?? waiting),
    });
    expect(await instance.isHeld("nobody is named")).toBe(true);
    await expect(write(instance)).rejects.toThrow("READONLY");
  });

  it("is asked for anew at every start of Redis, whatever status.currentPrimary says", async () => {
    const me = { podName: self, ip: undefined };
    const observer = createToldObserver();
    observer.tell({ primary: me });
    const sentinels = createToldSentinels(primary);
    await using instance = await startInstance({ observer, askSentinels: sentinels.ask });
    await instance.becomesReady();
    observer.tell({ primary: me, fencedPods: [self] });
    await instance.isHeld("fenced");
    sentinels.tell(replica);
    observer.tell({ primary: me, fencedPods: [] });
    await instance.becomesReady();
    expect(await instance.status()).toMatchObject({ role: "replica", primary: other });
  });

  it("is left alone once it was settled, and where a sentinel has changed it before", async () => {
    const settled = createToldSentinels(primary);
    await using first = await startInstance({ askSentinels: settled.ask });
    await first.becomesReady();
    await first.send("REPLICAOF", other.host, "6379");
    const waitingOnes = createToldSentinels(waiting);
    await using second = await startInstance({ askSentinels: waitingOnes.ask });
    await waitFor(async () => (await second.send("REPLICAOF", "NO", "ONE")) === "OK", { what: "Redis" });
    await second.becomesReady();
    waitingOnes.tell(replica);
    expect(await write(second)).toBe("OK");
    expect(await first.status()).toMatchObject({ role: "replica", primary: other });
  });

  it("is held without data while a replica that they know has some", async () => {
    await using peer = await startRedisServer();
    await peer.client.set("key", "value");
    const sentinels = createToldSentinels({ ...primary, peers: [other] });
    await using folder = await createTemporaryDirectory("data");
    await using instance = await startInstance({
      askSentinels: sentinels.ask,
      dir: folder.path,
      peers: { [other.host]: peer.port },
    });
    expect(await instance.isHeld("holds 1 keys: replicas would drop theirs")).toBe(true);
    await peer.client.flushall();
    await instance.becomesReady();
    expect(await write(instance)).toBe("OK");
  });
});
