import { getEventListeners } from "node:events";
import type { RequestListener } from "node:http";
import { createServer } from "node:net";
import { createServerCertificate, startBlackHole } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { type CallOptions, createInstanceClient, type InstanceClient } from "../src/index.ts";
import { replyWith, startStubManager } from "./stub-manager.ts";

const primary = { role: "master", replicationOffset: 5000, connectedReplicas: 0, connected: true };
const backupRequest = { backupName: "nightly", destination: { s3: { bucket: "b" } } };
const html = "<html><body>Bad Gateway</body></html>";

async function unusedPort(): Promise<number> {
  const manager = await startStubManager(() => undefined);
  await manager[Symbol.asyncDispose]();
  return manager.port;
}

function countTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
}

describe("a manager that cannot be reached", () => {
  it("is MANAGER_UNREACHABLE with the reason when nothing listens", async () => {
    const port = await unusedPort();
    await expect(createInstanceClient({ host: "127.0.0.1", port }).status()).rejects.toMatchObject({
      name: "ManagerUnreachableError",
      code: "MANAGER_UNREACHABLE",
      isTransient: true,
      status: undefined,
      target: `http://127.0.0.1:${port}/v1/status`,
      message: `GET http://127.0.0.1:${port}/v1/status got no answer: connect ECONNREFUSED 127.0.0.1:${port}`,
      cause: expect.any(TypeError),
    });
  });

  it("is MANAGER_UNREACHABLE when its name is unknown", async () => {
    const client = createInstanceClient({ host: "nonexistent.invalid" });
    await expect(client.status()).rejects.toMatchObject({
      code: "MANAGER_UNREACHABLE",
      message: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    });
  });

  it.each<[string, RequestListener]>([
    ["before the headers", (_, response) => response.destroy()],
    [
      "in the middle of the body",
      (_, response) => {
        response.writeHead(200, { "content-length": "100" }).write('{"role":');
        response.write('"master"', () => response.destroy());
      },
    ],
    [
      "in the middle of an error body",
      (_, response) => {
        response.writeHead(500, { "content-length": "100" });
        response.write('{"error":', () => response.destroy());
      },
    ],
  ])("is MANAGER_UNREACHABLE when it closes %s", async (_, answer) => {
    await using manager = await startStubManager(answer);
    await expect(createInstanceClient(manager).status()).rejects.toMatchObject({
      code: "MANAGER_UNREACHABLE",
    });
  });
});

describe("a manager whose certificate is not trusted", () => {
  it("is MANAGER_UNTRUSTED with the reason, and nothing is sent", async () => {
    const { cert, key } = await createServerCertificate();
    await using manager = await startStubManager(replyWith(200, primary), { tls: { cert, key } });
    const client = createInstanceClient({ ...manager, protocol: "https", token: "secret" });
    await expect(client.promote()).rejects.toMatchObject({
      name: "ManagerUntrustedError",
      code: "MANAGER_UNTRUSTED",
      isTransient: false,
      attempts: 1,
      message: expect.stringMatching(/^POST https:.* was not sent, for want of trust .*certificate/),
    });
    expect(manager.requests).toEqual([]);
    await expect.poll(() => manager.countConnections()).toBe(0);
  });
});

describe("an error", () => {
  it("is JSON without its stack, as a log takes it", async () => {
    await using manager = await startStubManager(
      replyWith(412, {
        error: { code: "PRECONDITION_UNMET", message: "offset 5 is below 9", requestId: "failover-7" },
      }),
    );
    const target = `http://127.0.0.1:${manager.port}/v1/promote?minOffset=9`;
    const error: unknown = await createInstanceClient(manager)
      .promote({ minOffset: 9 })
      .catch((reason: unknown) => reason);
    expect(JSON.parse(JSON.stringify({ error }))).toEqual({
      error: {
        name: "ManagerRefusedError",
        code: "PRECONDITION_UNMET",
        message: `POST ${target} was refused with 412 PRECONDITION_UNMET: offset 5 is below 9`,
        target,
        status: 412,
        isTransient: false,
        attempts: 1,
        requestId: "failover-7",
      },
    });
  });
});

describe("a manager that takes too long", () => {
  it.each<[string, RequestListener]>([
    ["that never answers", () => undefined],
    ["that sends headers only", (_, response) => response.writeHead(200).flushHeaders()],
    [
      "that answers byte by byte",
      (_, response) => {
        const drip = setInterval(() => response.write(" "), 5);
        response.on("close", () => clearInterval(drip));
      },
    ],
  ])("is MANAGER_TIMED_OUT when it is one %s, and its connection is given up", async (_, answer) => {
    await using manager = await startStubManager(answer);
    const target = `http://127.0.0.1:${manager.port}/v1/status`;
    await expect(createInstanceClient(manager).status({ timeoutMs: 100, retries: 0 })).rejects.toMatchObject({
      name: "ManagerTimedOutError",
      code: "MANAGER_TIMED_OUT",
      isTransient: true,
      target,
      message: `GET ${target} got no complete answer within 100 ms`,
    });
    await expect.poll(() => manager.countConnections()).toBe(0);
  });

  it("is MANAGER_TIMED_OUT when the client's own timeout is over", async () => {
    await using manager = await startStubManager(() => undefined);
    const client = createInstanceClient({ ...manager, timeoutMs: 50 });
    await expect(client.healthz()).rejects.toMatchObject({ code: "MANAGER_TIMED_OUT" });
  });

  it("is MANAGER_TIMED_OUT even if fetch ignores its signal", async () => {
    const client = createInstanceClient({ host: "10.0.0.7", fetch: () => new Promise(() => undefined) });
    await expect(client.status({ timeoutMs: 20 })).rejects.toMatchObject({ code: "MANAGER_TIMED_OUT" });
  });

  it("is MANAGER_TIMED_OUT when fetch gives up first", async () => {
    const cause = Object.assign(new Error("Headers Timeout Error"), { code: "UND_ERR_HEADERS_TIMEOUT" });
    const client = createInstanceClient({
      host: "10.0.0.7",
      fetch: () => Promise.reject(new TypeError("fetch failed", { cause })),
    });
    await expect(client.status()).rejects.toMatchObject({
      code: "MANAGER_TIMED_OUT",
      message: expect.stringMatching(/before fetch itself gave up$/),
    });
  });
});

describe("a call that its caller aborts", () => {
  it("is CALL_ABORTED without a request when the signal is aborted before", async () => {
    await using manager = await startStubManager(replyWith(200, primary));
    const reason = new Error("shutting down");
    const call = createInstanceClient(manager).status({ signal: AbortSignal.abort(reason) });
    await expect(call).rejects.toMatchObject({
      name: "CallAbortedError",
      code: "CALL_ABORTED",
      isTransient: false,
      cause: reason,
    });
    expect(manager.requests).toEqual([]);
  });

  it.each<[string, (client: InstanceClient, options: CallOptions) => Promise<unknown>]>([
    ["healthz", (client, options) => client.healthz(options)],
    ["healthzVerbose", (client, options) => client.healthzVerbose(options)],
    ["readyz", (client, options) => client.readyz(options)],
    ["status", (client, options) => client.status(options)],
    ["promote", (client, options) => client.promote({}, options)],
    ["demote", (client, options) => client.demote({ primaryIP: "10.0.0.7", port: 6379 }, options)],
    ["backup", (client, options) => client.backup(backupRequest, options)],
    ["metrics", (client, options) => client.metrics(options)],
  ])("is CALL_ABORTED when it is %s, whose signal may be a controller's", async (_, call) => {
    const controller = new AbortController();
    await using manager = await startStubManager(() => controller.abort());
    await expect(call(createInstanceClient(manager), controller)).rejects.toMatchObject({
      code: "CALL_ABORTED",
    });
  });

  it.each<[string, RequestListener]>([
    ["before the headers", () => undefined],
    ["in the body", (_, response) => void response.writeHead(200).write("{")],
  ])("is CALL_ABORTED %s, and its connection is given up", async (_, answer) => {
    const controller = new AbortController();
    const reason = new Error("shutting down");
    await using manager = await startStubManager((request, response) => {
      answer(request, response);
      controller.abort(reason);
    });
    await expect(createInstanceClient(manager).status(controller)).rejects.toMatchObject({
      code: "CALL_ABORTED",
      cause: reason,
    });
    await expect.poll(() => manager.countConnections()).toBe(0);
  });
});

describe("a manager that refuses", () => {
  it("is refused with the code, the status, the message and the request id of the error body", async () => {
    const message = "promote on 127.0.0.1:6379: offset 5 is below\nminOffset 9\u001b[31m";
    await using manager = await startStubManager(
      replyWith(412, { error: { code: "PRECONDITION_UNMET", message, requestId: "failover-7" } }),
    );
    const target = `http://127.0.0.1:${manager.port}/v1/promote?minOffset=9`;
    const reason = "promote on 127.0.0.1:6379: offset 5 is below minOffset 9 [31m";
    await expect(createInstanceClient(manager).promote({ minOffset: 9 })).rejects.toMatchObject({
      name: "ManagerRefusedError",
      code: "PRECONDITION_UNMET",
      status: 412,
      isTransient: false,
      reason,
      requestId: "failover-7",
      target,
      message: `POST ${target} was refused with 412 PRECONDITION_UNMET: ${reason}`,
    });
  });

  it.each([
    [
      "a transient code, whatever the status",
      409,
      { error: { code: "BACKUP_IN_PROGRESS", message: "" } },
      true,
    ],
    [
      "a lasting code, whatever the status",
      503,
      { error: { code: "REDIS_AUTH_FAILED", message: "" } },
      false,
    ],
    ["an unknown code with 503", 503, { error: { code: "FROM_THE_FUTURE", message: "" } }, true],
    ["an unknown code with 500", 500, { error: { code: "FROM_THE_FUTURE", message: "" } }, false],
  ])("is transient or not by its code, else by its status: %s", async (_, status, body, isTransient) => {
    await using manager = await startStubManager(replyWith(status, body));
    await expect(createInstanceClient(manager).status()).rejects.toMatchObject({
      code: body.error.code,
      status,
      isTransient,
    });
  });

  it.each([
    ["a proxy's page", 502, html, "text/html", undefined, true],
    ["plain text", 503, "no healthy upstream\n", "text/plain", "no healthy upstream", true],
    ["an empty body", 500, "", "text/plain", undefined, false],
    ["JSON of another shape", 404, '{"detail":"Not Found"}', "application/json", undefined, false],
    ["a page without an end", 500, "x".repeat(2_000_000), "text/html", undefined, false],
  ])("is REFUSED when the body is %s", async (_, status, body, type, reason, isTransient) => {
    await using manager = await startStubManager(replyWith(status, body, type));
    await expect(createInstanceClient(manager).status()).rejects.toMatchObject({
      code: "REFUSED",
      status,
      reason,
      isTransient,
    });
  });

  it("is REFUSED when a probe's 503 is a page", async () => {
    await using manager = await startStubManager(replyWith(503, html, "text/html"));
    await expect(createInstanceClient(manager).healthz()).rejects.toMatchObject({
      code: "REFUSED",
      status: 503,
    });
  });
});

describe("a reply that the contract does not know", () => {
  it.each<[string, RequestListener]>([
    ["HTML", replyWith(200, html, "text/html")],
    ["an empty body", replyWith(200, "")],
    ["another JSON", replyWith(200, { role: "master" })],
    [
      "an offset that JSON rounds",
      replyWith(200, JSON.stringify(primary).replace("5000", "9007199254740993")),
    ],
    ["JSON of 10 MB", replyWith(200, { ...primary, padding: "x".repeat(10_000_000) })],
    ["202", replyWith(202, primary)],
    ["204", (_, response) => void response.writeHead(204).end()],
    ["a redirect", (_, response) => void response.writeHead(307, { location: "/v1/other" }).end()],
  ])("is REPLY_NOT_UNDERSTOOD: %s", async (_, answer) => {
    await using manager = await startStubManager(answer);
    await expect(createInstanceClient(manager).status()).rejects.toMatchObject({
      name: "ReplyNotUnderstoodError",
      code: "REPLY_NOT_UNDERSTOOD",
      isTransient: false,
      status: expect.any(Number),
    });
    expect(manager.requests).toHaveLength(1);
  });

  it("names the field that does not fit", async () => {
    await using manager = await startStubManager(replyWith(200, { ...primary, replicationOffset: -1 }));
    await expect(createInstanceClient(manager).status()).rejects.toThrow(
      /was answered with 200 and a body that does not fit: replicationOffset: .* \(application\/json\)$/,
    );
  });

  it("gives up the connection of a reply that is too large", async () => {
    await using manager = await startStubManager((_, response) => {
      const write = () => void response.write("x".repeat(65_536), (error) => error ?? write());
      response.writeHead(200);
      write();
    });
    await expect(createInstanceClient(manager).metrics()).rejects.toThrow("a body that is too large");
    await expect.poll(() => manager.countConnections()).toBe(0);
  });

  it.each([
    ["a probe", "healthz"],
    ["a promotion", "promote"],
    ["metrics", "metrics"],
  ] as const)("is REPLY_NOT_UNDERSTOOD when %s answers 200 with a page", async (_, method) => {
    await using manager = await startStubManager(replyWith(200, html, "text/html"));
    await expect(createInstanceClient(manager)[method]()).rejects.toMatchObject({
      code: "REPLY_NOT_UNDERSTOOD",
    });
  });

  it.each(["garbage", "reset", "half-close"] as const)(
    "is MANAGER_UNREACHABLE when the server speaks no HTTP: %s",
    async (behaviour) => {
      await using server = await startBlackHole({ behaviour });
      await expect(createInstanceClient(server).status()).rejects.toMatchObject({
        code: "MANAGER_UNREACHABLE",
      });
    },
  );

  it("is MANAGER_UNREACHABLE when it is Redis that answers, whose port was taken for the manager's", async () => {
    await using server = createServer((socket) => {
      socket.on("error", () => undefined).resume();
      socket.end("-ERR unknown command\r\n");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    await expect(createInstanceClient({ host: "127.0.0.1", port }).status()).rejects.toMatchObject({
      code: "MANAGER_UNREACHABLE",
    });
  });
});

describe("a call that has ended", () => {
  it.each<[string, number, RequestListener]>([
    ["well", 60_000, replyWith(200, primary)],
    ["with a refusal", 60_000, replyWith(500, html, "text/html")],
    ["with a lost connection", 60_000, (_, response) => response.destroy()],
    ["by its time", 100, () => undefined],
  ])("leaves no timer and no listener behind when it ended %s", async (_, timeoutMs, answer) => {
    await using manager = await startStubManager(answer);
    const { signal } = new AbortController();
    const timersBefore = countTimers();
    await createInstanceClient(manager)
      .status({ signal, timeoutMs })
      .catch(() => undefined);
    expect(countTimers()).toBeLessThanOrEqual(timersBefore);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
