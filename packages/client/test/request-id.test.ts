import { describe, expect, it } from "vitest";
import { type CallOptions, createInstanceClient, type InstanceClient } from "../src/index.ts";
import { replyWith, startStubManager } from "./stub-manager.ts";

const requestId = "failover-7";
const destination = { s3: { bucket: "b" } };
const running = {
  backupName: "nightly",
  method: "rdb",
  destination: { s3: { bucket: "b", path: "", region: "us-east-1" } },
  startedAt: "2026-11-22T02:00:00.000Z",
  phase: "running",
  progress: { phase: "uploading", sentBytes: 5 },
};

type Ask = (client: InstanceClient, options: CallOptions) => Promise<unknown>;

describe("a request id", () => {
  it.each<[string, Ask]>([
    ["healthz", (client, options) => client.healthz(options)],
    ["healthzVerbose", (client, options) => client.healthzVerbose(options)],
    ["readyz", (client, options) => client.readyz(options)],
    ["failsafe", (client, options) => client.failsafe(options)],
    ["status", (client, options) => client.status(options)],
    ["promote", (client, options) => client.promote({}, options)],
    ["demote", (client, options) => client.demote({ primaryIP: "10.0.0.7", port: 6379 }, options)],
    ["backup", (client, options) => client.backup({ backupName: "nightly", destination }, options)],
    ["backups.list", (client, options) => client.backups.list(options)],
    ["backups.get", (client, options) => client.backups.get("nightly", options)],
    ["backups.cancel", (client, options) => client.backups.cancel("nightly", options)],
    ["backups.prune", (client, options) => client.backups.prune({ destination, keepLast: 7 }, options)],
    ["metrics", (client, options) => client.metrics(options)],
  ])("is sent with %s, and stands in its error", async (_, ask) => {
    await using manager = await startStubManager(replyWith(500, ""));
    await expect(ask(createInstanceClient(manager), { requestId })).rejects.toMatchObject({ requestId });
    expect(manager.requests).toMatchObject([{ headers: { "x-request-id": requestId } }]);
  });

  it("is the same for every repetition", async () => {
    await using manager = await startStubManager(replyWith(503, ""));
    const call = createInstanceClient(manager).status({ requestId, retries: 1 });
    await expect(call).rejects.toMatchObject({ attempts: 2 });
    expect(manager.requests.map(({ headers }) => headers["x-request-id"])).toEqual([requestId, requestId]);
  });

  it("is that of the looks at a backup that was accepted too, and of its cancellation", async () => {
    const controller = new AbortController();
    await using manager = await startStubManager((request, response) => {
      if (request.method === "GET") controller.abort();
      else replyWith(202, running)(request, response);
    });
    const call = createInstanceClient(manager).backup(
      { backupName: "nightly", destination },
      { requestId, signal: controller.signal },
    );
    await expect(call).rejects.toMatchObject({ code: "CALL_ABORTED", requestId });
    expect(manager.requests.map(({ method, headers }) => [method, headers["x-request-id"]])).toEqual([
      ["POST", requestId],
      ["GET", requestId],
      ["DELETE", requestId],
    ]);
  });

  it("stands in the error of a call that nobody answered", async () => {
    await using manager = await startStubManager((_, response) => response.destroy());
    const call = createInstanceClient(manager).promote({}, { requestId, retries: 0 });
    await expect(call).rejects.toMatchObject({ code: "MANAGER_UNREACHABLE", requestId });
  });

  it("is left to the manager where the caller gives none, and stands in the error all the same", async () => {
    await using manager = await startStubManager((request, response) => {
      response.setHeader("X-Request-Id", "made-by-the-manager");
      replyWith(200, "<html>")(request, response);
    });
    await expect(createInstanceClient(manager).promote()).rejects.toMatchObject({
      code: "REPLY_NOT_UNDERSTOOD",
      requestId: "made-by-the-manager",
    });
    expect(manager.requests[0]?.headers).not.toHaveProperty("x-request-id");
  });

  it.each(["", " ", "a\nb", "caf\u00e9", "x".repeat(129)])(
    "is refused where no manager takes it: %j",
    async (id) => {
      await using manager = await startStubManager(replyWith(200, "promoted"));
      const call = createInstanceClient(manager).promote({}, { requestId: id });
      await expect(call).rejects.toThrow(TypeError);
      expect(manager.requests).toEqual([]);
    },
  );
});
