import type { RequestListener } from "node:http";
import { freePort, startFaultProxy, startProcess, waitFor } from "@redis-operator/testbed";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createInstanceClient, type InstanceClient, type ManagerError } from "../src/index.ts";
import { replyWith, startStubManager } from "./stub-manager.ts";

const primary = { role: "master", replicationOffset: 5000, connectedReplicas: 0, connected: true };
const destination = { s3: { bucket: "b" } };
const lose: RequestListener = (_, response) => response.destroy();
const busy: RequestListener = (_, response) => void response.writeHead(503, { "retry-after": "0" }).end();
// The code decides, not the status.
const loading = replyWith(500, { error: { code: "REDIS_LOADING", message: "loading" } });

/** Answers in turn, the last answer for good. */
function inTurn(...answers: readonly RequestListener[]): RequestListener {
  let asked = 0;
  return (request, response) => {
    answers[Math.min(asked, answers.length - 1)]?.(request, response);
    asked += 1;
  };
}

describe("a call that fails", () => {
  it.each<[string, number, number, (client: InstanceClient) => Promise<unknown>]>([
    ["healthz", 3, 3, (client) => client.healthz()],
    ["healthzVerbose", 3, 3, (client) => client.healthzVerbose()],
    ["readyz", 3, 3, (client) => client.readyz()],
    ["failsafe", 3, 3, (client) => client.failsafe()],
    ["status", 3, 3, (client) => client.status()],
    ["metrics", 3, 3, (client) => client.metrics()],
    ["backups.list", 3, 3, (client) => client.backups.list()],
    ["backups.get", 3, 3, (client) => client.backups.get("nightly")],
    ["promote", 3, 1, (client) => client.promote({ minOffset: 5, replicationId: "8f3c" })],
    ["demote", 3, 1, (client) => client.demote({ primaryIP: "10.0.0.7", port: 6379 })],
    ["backup", 1, 1, (client) => client.backup({ backupName: "nightly", destination })],
    ["backups.cancel", 1, 1, (client) => client.backups.cancel("nightly")],
    ["backups.prune", 1, 1, (client) => client.backups.prune({ destination, keepLast: 1 })],
  ])("is made, as %s, %i times without an answer, and %i times with a transient one", async (...row) => {
    const [, unanswered, answered, call] = row;
    await using silent = await startStubManager(lose);
    await expect(call(createInstanceClient(silent))).rejects.toMatchObject({
      code: "MANAGER_UNREACHABLE",
      attempts: unanswered,
    });
    expect(silent.requests).toHaveLength(unanswered);
    expect(new Set(silent.requests.map(({ method, url }) => `${method} ${url}`)).size).toBe(1);

    await using refusing = await startStubManager(loading);
    await expect(call(createInstanceClient(refusing))).rejects.toMatchObject({
      code: "REDIS_LOADING",
      attempts: answered,
    });
    expect(refusing.requests).toHaveLength(answered);
  });

  it("succeeds when one of its attempts does, and tells of the others", async () => {
    const told: unknown[] = [];
    const onRetry = ({ code }: ManagerError, attempt: number) => void told.push([code, attempt]);
    await using manager = await startStubManager(inTurn(lose, loading, replyWith(200, primary)));
    expect(await createInstanceClient({ ...manager, onRetry }).status()).toEqual(primary);
    expect(told).toEqual([
      ["MANAGER_UNREACHABLE", 1],
      ["REDIS_LOADING", 2],
    ]);
  });

  it.each([
    [{ retries: 0 }, {}, 1],
    [{ retries: 0 }, { retries: 1 }, 2],
    [{ retries: 4 }, {}, 5],
  ])("is repeated as often as the client %j and the call %j say", async (options, callOptions, requests) => {
    await using manager = await startStubManager(lose);
    const call = createInstanceClient({ ...manager, ...options }).status(callOptions);
    await expect(call).rejects.toMatchObject({ attempts: requests });
    expect(manager.requests).toHaveLength(requests);
  });

  it("is not repeated when it can't succeed later", async () => {
    await using manager = await startStubManager(replyWith(200, "<html>", "text/html"));
    await expect(createInstanceClient(manager).status()).rejects.toMatchObject({ attempts: 1 });
    expect(manager.requests).toHaveLength(1);
  });

  it.each(["promote", "readyz"] as const)("ends as %s with what onRetry throws", async (method) => {
    const thrown = new Error("enough");
    await using manager = await startStubManager(lose);
    const onRetry = () => {
      throw thrown;
    };
    await expect(createInstanceClient({ ...manager, onRetry })[method]()).rejects.toBe(thrown);
    expect(manager.requests).toHaveLength(1);
  });

  it("is repeated at the time that the manager asks for", async () => {
    await using manager = await startStubManager(inTurn(busy, replyWith(200, primary)));
    expect(await createInstanceClient(manager).status()).toEqual(primary);
  });

  it("is not repeated when that time is past its own", async () => {
    await using manager = await startStubManager((_, response) => {
      response.writeHead(503, { "retry-after": "3600" }).end();
    });
    await expect(createInstanceClient(manager).status()).rejects.toMatchObject({
      code: "REFUSED",
      retryAfterMs: 3_600_000,
      attempts: 1,
    });
  });

  it("is CALL_ABORTED when its caller aborts between two attempts", async () => {
    const controller = new AbortController();
    await using manager = await startStubManager((_, response) => {
      response.writeHead(503, { "retry-after": "5" }).end();
    });
    const onRetry = () => controller.abort();
    const call = createInstanceClient(manager).status({ signal: controller.signal, onRetry });
    await expect(call).rejects.toMatchObject({ code: "CALL_ABORTED", attempts: 1 });
    expect(manager.requests).toHaveLength(1);
  });

  it.each([-1, 1.5, 101, Number.NaN])("can't have %d retries", async (retries) => {
    expect(() => createInstanceClient({ host: "10.0.0.7", retries })).toThrow(RangeError);
    const call = createInstanceClient({ host: "10.0.0.7" }).status({ retries });
    await expect(call).rejects.toThrow(RangeError);
  });

  it("can't have attempts of no time", () => {
    expect(() => createInstanceClient({ host: "10.0.0.7", attemptTimeoutMs: 0 })).toThrow(RangeError);
  });
});

const silent = { host: "10.0.0.7", fetch: () => new Promise<never>(() => undefined) };

/** How a call fails once all of its time has passed. */
async function failureOf(call: Promise<unknown>): Promise<unknown> {
  const failure = call.catch((error: unknown) => error);
  await vi.runAllTimersAsync();
  return failure;
}

describe("the time of a call", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is that of all its attempts, and an earlier failure is the cause", async () => {
    const call = createInstanceClient(silent).status({ timeoutMs: 150 });
    expect(await failureOf(call)).toMatchObject({
      code: "MANAGER_TIMED_OUT",
      message: expect.stringMatching(/got no complete answer within 150 ms$/),
      attempts: 2,
      cause: expect.objectContaining({ message: expect.stringMatching(/within 100 ms$/) }),
    });
  });

  it("is that of one attempt where it is not repeated", async () => {
    const call = createInstanceClient(silent).readyz({ timeoutMs: 100, retries: 0 });
    expect(await failureOf(call)).toMatchObject({ code: "MANAGER_TIMED_OUT", attempts: 1 });
  });

  it("is divided as the caller wants", async () => {
    const call = createInstanceClient({ ...silent, attemptTimeoutMs: 20 }).status({ timeoutMs: 200 });
    expect(await failureOf(call)).toMatchObject({ code: "MANAGER_TIMED_OUT", attempts: 3 });
  });
});

describe("a kept-alive connection", () => {
  it("that is reset when it is used again fails no call", async () => {
    const used = new WeakSet();
    await using manager = await startStubManager((request, response) => {
      if (used.has(request.socket)) return void request.socket.resetAndDestroy();
      used.add(request.socket);
      return replyWith(200, primary)(request, response);
    });
    const instance = createInstanceClient(manager);
    for (let call = 0; call < 3; call += 1) {
      expect(await instance.status()).toEqual(primary);
      expect(await instance.promote()).toEqual(primary);
    }
  });

  it("that silently died fails no call", async () => {
    await using manager = await startStubManager(replyWith(200, primary));
    // One request has less, two have more.
    await using proxy = await startFaultProxy({ targetPort: manager.port, stallAfterBytes: 300 });
    const instance = createInstanceClient({ host: "127.0.0.1", port: proxy.port });
    expect(await instance.status()).toEqual(primary);
    expect(await instance.promote({}, { attemptTimeoutMs: 1_000 })).toEqual(primary);
    await proxy.stalled;
    expect(manager.requests.map(({ url }) => url)).toEqual(["/v1/status", "/v1/promote"]);
  });

  it("of a pod that was killed and is back at the same address fails no call", async () => {
    const port = await freePort();
    const script = `require("http").createServer((_, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(${JSON.stringify(primary)}));
    }).listen(${port}, "127.0.0.1", () => console.log("listening"))`;
    const start = async () => {
      const pod = await startProcess({ command: process.execPath, args: ["-e", script] });
      await waitFor(() => pod.output() !== "", { what: "the pod to listen" });
      return pod;
    };
    const instance = createInstanceClient({ host: "127.0.0.1", port });
    await using pod = await start();
    expect(await instance.status()).toEqual(primary);
    pod.kill("SIGKILL");
    await pod.exited;
    await using replaced = await start();
    expect(await instance.status()).toEqual(primary);
    expect(replaced.hasExited()).toBe(false);
  });
});
