import { describe, expect, it } from "vitest";
import { createInstanceClient, createSentinelClient } from "../src/index.ts";
import { replyWith, startStubManager } from "./stub-manager.ts";

const primary = { role: "master", replicationOffset: 5000, connectedReplicas: 0, connected: true };

describe("status", () => {
  it("reads the status of a manager, and says that it takes JSON", async () => {
    await using manager = await startStubManager(replyWith(200, { ...primary, unknown: 1 }));
    expect(await createInstanceClient(manager).status()).toEqual(primary);
    expect(manager.requests).toMatchObject([
      { method: "GET", url: "/v1/status", headers: { accept: "application/json" } },
    ]);
  });

  it.each(["::1", "[::1]"])("reaches the IPv6 address %s", async (host) => {
    await using manager = await startStubManager(replyWith(200, primary), { host: "::1" });
    expect(await createInstanceClient({ host, port: manager.port }).status()).toEqual(primary);
  });

  it("reaches a DNS name", async () => {
    await using manager = await startStubManager(replyWith(200, primary), { host: "localhost" });
    expect(await createInstanceClient(manager).status()).toEqual(primary);
  });
});

describe.each(["healthz", "readyz"] as const)("%s", (probe) => {
  it("answers ok", async () => {
    await using manager = await startStubManager(replyWith(200, "ok"));
    expect(await createInstanceClient(manager)[probe]()).toEqual({ ok: true });
    expect(await createSentinelClient(manager)[probe]()).toEqual({ ok: true });
    expect(manager.requests.map(({ url }) => url)).toEqual([`/${probe}`, `/${probe}`]);
  });

  it("answers the reason of a 503", async () => {
    await using manager = await startStubManager(replyWith(503, "redis not ready: LOADING\n"));
    const answer = { ok: false, reason: "redis not ready: LOADING" };
    expect(await createInstanceClient(manager)[probe]()).toEqual(answer);
    expect(await createSentinelClient(manager)[probe]()).toEqual(answer);
  });
});

describe("healthzVerbose", () => {
  it.each([
    [200, { alive: true, checks: [{ name: "process", outcome: "running", ageMs: 0.2 }] }],
    [503, { alive: false, reason: "redis-server not running", checks: [] }],
  ])("reads the report that comes with %i", async (status, report) => {
    await using manager = await startStubManager(replyWith(status, report));
    expect(await createInstanceClient(manager).healthzVerbose()).toEqual(report);
    expect(manager.requests).toMatchObject([{ url: "/healthz?verbose=" }]);
  });
});

describe("failsafe", () => {
  it.each([
    [{ podName: "cache-0", source: "none" }],
    [
      {
        podName: "cache-1",
        role: "slave",
        follows: { host: "10.0.0.7", port: 6379 },
        primary: { podName: "cache-0", ip: "10.0.0.7" },
        source: "api-server",
        apiServerSeenMsAgo: 1200,
      },
    ],
  ])("reads how an instance sees its cluster: %o", async (view) => {
    await using manager = await startStubManager(replyWith(200, { ...view, unknown: 1 }));
    expect(await createInstanceClient(manager).failsafe()).toEqual(view);
    expect(manager.requests).toMatchObject([{ method: "GET", url: "/failsafe" }]);
  });
});

describe("promote", () => {
  it.each([
    [undefined, "/v1/promote"],
    [{}, "/v1/promote"],
    [{ minOffset: 0 }, "/v1/promote?minOffset=0"],
    [
      { minOffset: 2 ** 53 - 1, replicationId: "8f3c" },
      `/v1/promote?minOffset=${2 ** 53 - 1}&replicationId=8f3c`,
    ],
  ])("sends the preconditions %j in the query, and no body", async (preconditions, url) => {
    await using manager = await startStubManager(replyWith(200, primary));
    expect(await createInstanceClient(manager).promote(preconditions)).toEqual(primary);
    expect(manager.requests).toMatchObject([{ method: "POST", url, body: "" }]);
  });

  it("answers undefined when the manager answers in text", async () => {
    await using manager = await startStubManager(replyWith(200, "promoted"));
    expect(await createInstanceClient(manager).promote()).toBeUndefined();
  });
});

describe("demote", () => {
  it("sends the primary to follow in the query", async () => {
    await using manager = await startStubManager(replyWith(200, "demoted"));
    expect(await createInstanceClient(manager).demote({ primaryIP: "fd00::7", port: 6379 })).toBeUndefined();
    expect(manager.requests).toMatchObject([
      { method: "POST", url: "/v1/demote?primaryIP=fd00%3A%3A7&port=6379", body: "" },
    ]);
  });
});

describe("backup", () => {
  const result = {
    artifactType: "rdb",
    backupPath: "s3://b/nightly.rdb",
    objectKey: "nightly.rdb",
    backupSize: 5,
    checksumSHA256: "0".repeat(64),
  };
  const request = { backupName: "nightly", destination: { s3: { bucket: "b" } } };

  it("sends the request as JSON and reads what was stored", async () => {
    await using manager = await startStubManager(replyWith(200, result));
    expect(await createInstanceClient(manager).backup(request)).toEqual(result);
    expect(manager.requests).toMatchObject([
      {
        method: "POST",
        url: "/v1/backup",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request),
      },
    ]);
  });

  it.each([
    [{ timeoutMs: 60_000, backupTimeoutMs: 20 }, undefined],
    [{ timeoutMs: 60_000 }, { timeoutMs: 20 }],
  ])("has a timeout of its own: client %j, call %j", async (options, callOptions) => {
    await using manager = await startStubManager(() => undefined);
    const client = createInstanceClient({ ...manager, ...options });
    await expect(client.backup(request, callOptions)).rejects.toMatchObject({ code: "MANAGER_TIMED_OUT" });
  });

  it("does not end with the timeout of the other calls", async () => {
    await using manager = await startStubManager((_, response) => {
      // The status call that is made meanwhile ends by its deadline; only then is the backup answered.
      if (response.req.url === "/v1/backup")
        void statusEnded.then(() => response.end(JSON.stringify(result)));
    });
    const client = createInstanceClient({ ...manager, timeoutMs: 20 });
    const backup = client.backup(request);
    const statusEnded = client.status().catch(() => undefined);
    expect(await backup).toEqual(result);
  });
});

describe("metrics", () => {
  it("returns the text as it came", async () => {
    const text = `# TYPE redis_up gauge\nredis_up 1\n`;
    await using manager = await startStubManager(replyWith(200, text, "text/plain; version=0.0.4"));
    expect(await createInstanceClient(manager).metrics()).toBe(text);
  });

  it("reads some megabytes", async () => {
    const text = "redis_up 1\n".repeat(400_000);
    await using manager = await startStubManager(replyWith(200, text));
    expect(await createInstanceClient(manager).metrics()).toHaveLength(text.length);
  });
});

describe("options", () => {
  it("uses the fetch that it is given", async () => {
    const urls: string[] = [];
    const client = createInstanceClient({
      host: "10.0.0.7",
      fetch: (url) => {
        urls.push(url);
        return Promise.resolve(new Response("ok", { headers: { "content-type": "text/plain" } }));
      },
    });
    expect(await client.readyz()).toEqual({ ok: true });
    expect(urls).toEqual(["http://10.0.0.7:8080/readyz"]);
  });

  it.each([0, -1, 2 ** 31, Number.NaN, Number.POSITIVE_INFINITY])(
    "refuses a timeout of %d ms",
    async (timeoutMs) => {
      expect(() => createInstanceClient({ host: "10.0.0.7", timeoutMs })).toThrow(RangeError);
      expect(() => createInstanceClient({ host: "10.0.0.7", backupTimeoutMs: timeoutMs })).toThrow(
        RangeError,
      );
      await expect(createInstanceClient({ host: "10.0.0.7" }).status({ timeoutMs })).rejects.toThrow(
        RangeError,
      );
    },
  );
});
