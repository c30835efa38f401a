import {
  createTemporaryDirectory,
  freePort,
  startProcess,
  startRedisServer,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createToldObserver, self, startInstance, type TestedInstance } from "./instance-fixture.ts";

// Documentation addresses (RFC 5737): nothing answers there.
const [own, other, third] = ["198.51.100.1", "198.51.100.2", "198.51.100.3"];
const me = { podName: self, ip: own };
const them = { podName: "cache-1", ip: other };
const pods = [
  { name: self, ip: own },
  { name: "cache-1", ip: other },
];

/** Whom it follows; nobody if it is a primary. */
async function followedBy(instance: TestedInstance): Promise<string | undefined> {
  const status = await instance.status();
  return status.role === "replica" ? status.primary.host : undefined;
}

function follows(instance: TestedInstance, host: string): Promise<boolean> {
  return waitFor(async () => (await followedBy(instance)) === host, { what: `it to follow ${host}` });
}

function becomesPrimary(instance: TestedInstance): Promise<boolean> {
  return waitFor(async () => (await instance.status()).role === "primary", { what: "the role of a primary" });
}

function write(instance: TestedInstance): Promise<unknown> {
  return instance.send("SET", "key", "value");
}

describe("outside a cluster", () => {
  it("is a primary", async () => {
    await using instance = await startInstance();
    await instance.becomesReady();
    expect(await write(instance)).toBe("OK");
  });

  it("follows the primary that is configured, from the start", async () => {
    const configuredPrimary = { host: other, port: 6390 };
    await using instance = await startInstance({ configuredPrimary });
    await instance.becomesReady();
    expect(await instance.status()).toMatchObject({ role: "replica", primary: configuredPrimary });
    await expect(write(instance)).rejects.toThrow("READONLY");
  });
});

describe("in a cluster", () => {
  it("doesn't start before its role is known", async () => {
    const observer = createToldObserver();
    await using instance = await startInstance({ observer, firstReadingMs: 60_000 });
    expect(instance.instance.notReadyReason()).toBe("its role is not known yet");
    expect(await instance.instance.isRunning()).toBe(true);
    expect(instance.instance.isMeantToRun()).toBe(false);
    observer.tell({ primary: them });
    await instance.becomesReady();
    expect(await followedBy(instance)).toBe(other);
  });

  it("is the primary that is named", async () => {
    const observer = createToldObserver();
    observer.tell({ primary: me, pods: [{ name: self, ip: own }] });
    await using instance = await startInstance({ observer });
    await instance.becomesReady();
    expect(await write(instance)).toBe("OK");
  });

  it("is read-only before the first client can write, where another is named", async () => {
    const observer = createToldObserver();
    observer.tell({ primary: them });
    await using instance = await startInstance({ observer });
    await waitFor(async () => (await instance.send("PING")) === "PONG", { what: "the first answer" });
    await expect(write(instance)).rejects.toThrow("READONLY");
    expect(await followedBy(instance)).toBe(other);
    expect(instance.lines.map(({ message }) => message)).not.toContain("MASTER MODE enabled");
  });

  it("takes its data through every role that a restart finds", async () => {
    await using folder = await createTemporaryDirectory("data");
    const observer = createToldObserver();
    for (const [primary, role] of [
      [me, "primary"],
      [them, "replica"],
      [undefined, "replica"],
      [me, "primary"],
    ] as const) {
      observer.tell({ primary, pods });
      await using instance = await startInstance({ observer, dir: folder.path });
      await instance.becomesReady();
      if (role === "primary") await write(instance);
      expect(await instance.status()).toMatchObject({ role });
      expect(await instance.send("GET", "key")).toBe("value");
    }
  });

  it("is nobody's replica, read-only and ready, until it is named", async () => {
    const observer = createToldObserver();
    observer.tell({ pods });
    await using instance = await startInstance({ observer });
    await instance.becomesReady();
    await expect(write(instance)).rejects.toThrow("READONLY");
    observer.tell({ primary: me, pods });
    expect(await becomesPrimary(instance)).toBe(true);
    await instance.becomesReady();
    expect(await write(instance)).toBe("OK");
  });

  it("follows the one that is named later", async () => {
    const observer = createToldObserver();
    observer.tell({ pods });
    await using instance = await startInstance({ observer });
    await instance.becomesReady();
    observer.tell({ primary: { ...them, ip: undefined }, pods });
    observer.tell({ primary: them, pods });
    expect(await follows(instance, other)).toBe(true);
  });

  it("leaves the role to the operator once it was settled", async () => {
    const observer = createToldObserver();
    observer.tell({ primary: me, pods });
    await using instance = await startInstance({ observer });
    await instance.becomesReady();
    await instance.send("REPLICAOF", third, "6379");
    observer.tell({ primary: them, pods });
    observer.tell({ primary: me, pods });
    await instance.instance.stop();
    expect(instance.lines.map(({ message }) => message)).not.toContain("demoted");
  });

  it("leaves a role alone that somebody else has given to it before it was settled", async () => {
    const observer = createToldObserver();
    observer.tell({ pods });
    await using instance = await startInstance({ observer });
    await instance.becomesReady();
    await instance.send("REPLICAOF", "NO", "ONE");
    observer.tell({ primary: them, pods });
    await waitFor(() => instance.lines.some(({ message }) => message.includes("it stands")), {
      what: "the log",
    });
    expect(await write(instance)).toBe("OK");
  });
});

describe("while the API server can't be read", () => {
  it("is read-only and not ready where nothing is stored, and says why", async () => {
    const observer = createToldObserver();
    await using instance = await startInstance({ observer });
    expect(await instance.isHeld("its role is unknown")).toBe(true);
    await waitFor(async () => (await instance.send("PING")) === "PONG", { what: "the first answer" });
    await expect(write(instance)).rejects.toThrow("READONLY");
  });

  it.each([
    ["its name", { primary: me, pods }, "primary"],
    ["another's", { primary: them, pods }, "replica"],
    ["nobody's", { pods }, "replica"],
  ] as const)("is what the state of an earlier run says: %s", async (_, state, role) => {
    const observer = createToldObserver();
    observer.tell(state, "disk");
    await using instance = await startInstance({ observer });
    await instance.becomesReady();
    expect(await instance.status()).toMatchObject({ role });
  });

  it.each([
    ["nothing", undefined],
    ["its own name", { primary: me, pods }],
    ["a third's", { primary: { podName: "cache-2", ip: third }, pods }],
  ])("follows whom the first reading names; known before: %s", async (_, stored) => {
    const observer = createToldObserver();
    if (stored !== undefined) observer.tell(stored, "disk");
    await using instance = await startInstance({ observer });
    await waitFor(() => instance.status(), { what: "Redis" });
    if (stored !== undefined) await instance.becomesReady();
    observer.tell({ primary: them, pods });
    expect(await follows(instance, other)).toBe(true);
    await instance.becomesReady();
  });

  it("is promoted by the first reading that names it", async () => {
    const observer = createToldObserver();
    await using instance = await startInstance({ observer });
    expect(await instance.isHeld("its role is unknown")).toBe(true);
    observer.tell({ primary: me, pods: [] });
    expect(await becomesPrimary(instance)).toBe(true);
    await instance.becomesReady();
  });

  it("is ready once somebody has promoted it", async () => {
    const observer = createToldObserver();
    await using instance = await startInstance({ observer });
    await waitFor(async () => (await instance.send("REPLICAOF", "NO", "ONE")) === "OK", { what: "Redis" });
    expect(await instance.becomesReady()).toBe(true);
  });

  it("is started anew where the first reading has other directives, so that it finds its data", async () => {
    await using folder = await createTemporaryDirectory("data");
    const observer = createToldObserver();
    const directives = { appenddirname: "elsewhere" };
    observer.tell({ primary: me, directives });
    {
      await using first = await startInstance({ observer, dir: folder.path });
      await first.becomesReady();
      expect(await write(first)).toBe("OK");
    }
    const lost = createToldObserver();
    await using second = await startInstance({ observer: lost, dir: folder.path });
    expect(await second.isHeld("its role is unknown")).toBe(true);
    lost.tell({ primary: me, directives });
    expect(await becomesPrimary(second)).toBe(true);
    expect(await second.send("GET", "key")).toBe("value");
  });
});

describe("a primary that has lost its data", () => {
  it("is held while a replica has them, which keeps them", async () => {
    const observer = createToldObserver();
    observer.tell({ primary: me, pods });
    await using peer = await startRedisServer();
    await peer.client.set("key", "value");
    await using instance = await startInstance({ observer, peers: { [other]: peer.port } });
    await peer.client.call("REPLICAOF", "127.0.0.1", String(instance.port));
    expect(await instance.isHeld("holds 1 keys: replicas would drop theirs")).toBe(true);
    await expect(write(instance)).rejects.toThrow("READONLY");
    expect(await peer.client.get("key")).toBe("value");

    await peer.client.call("REPLICAOF", "NO", "ONE");
    await peer.client.flushall();
    expect(await becomesPrimary(instance)).toBe(true);
    await instance.becomesReady();
  });

  it("follows the one that is named in its place", async () => {
    const observer = createToldObserver();
    observer.tell({ primary: me, pods });
    await using peer = await startRedisServer();
    await peer.client.set("key", "value");
    await using instance = await startInstance({ observer, peers: { [other]: peer.port } });
    expect(await instance.isHeld("replicas would drop theirs")).toBe(true);
    observer.tell({ primary: them, pods });
    await instance.becomesReady();
    expect(await followedBy(instance)).toBe(other);
  });

  it("is held over a restart too, when its files are there and hold nothing", async () => {
    await using folder = await createTemporaryDirectory("data");
    const observer = createToldObserver();
    observer.tell({ primary: me, pods });
    await using peer = await startRedisServer();
    await peer.client.set("key", "value");
    for (let start = 0; start < 2; start += 1) {
      await using instance = await startInstance({
        observer,
        dir: folder.path,
        peers: { [other]: peer.port },
      });
      expect(await instance.isHeld("replicas would drop theirs")).toBe(true);
    }
  });

  it("is held while a replica is loading its own", async () => {
    const observer = createToldObserver();
    observer.tell({ primary: me, pods });
    await using folder = await createTemporaryDirectory("data");
    {
      await using first = await startRedisServer({ dir: folder.path });
      await first.client.eval("for i = 1, 2000 do redis.call('SET', i, i) end", 0);
      await first.client.save();
    }
    const port = await freePort();
    // 2,000 keys of 5 ms each; it answers after each kilobyte.
    const slow = ["--key-load-delay", "5000", "--loading-process-events-interval-bytes", "1024"];
    const settings = ["--port", String(port), "--dir", folder.path, "--save", "", ...slow];
    await using _peer = await startProcess({ command: "redis-server", args: settings });
    // The peer may take longer to listen than the instance to ask.
    await using instance = await startInstance({
      observer,
      peers: { [other]: port },
      peerPatienceMs: 30_000,
    });
    expect(await instance.isHeld("is loading data: replicas would drop theirs")).toBe(true);
  });

  it("takes a peer that is silent for one that holds none, and says so", async () => {
    const observer = createToldObserver();
    observer.tell({ primary: me, pods });
    await using instance = await startInstance({ observer });
    expect(await becomesPrimary(instance)).toBe(true);
    expect(instance.lines).toContainEqual(
      expect.objectContaining({ level: "warn", message: "whether a peer holds data is not known" }),
    );
  });

  it("asks nobody where it has its data", async () => {
    await using folder = await createTemporaryDirectory("data");
    {
      await using first = await startInstance({ dir: folder.path });
      await first.becomesReady();
      expect(await write(first)).toBe("OK");
    }
    const observer = createToldObserver();
    observer.tell({ primary: me, pods });
    await using instance = await startInstance({ observer, dir: folder.path, peerPatienceMs: 60_000 });
    expect(await becomesPrimary(instance)).toBe(true);
  });
});
