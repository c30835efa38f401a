import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { freePort, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { listen } from "./listen.ts";

const silent = { info: () => undefined, warn: () => undefined };

async function serve(app: Parameters<typeof listen>[0], host = "::") {
  const port = await freePort();
  const server = await listen(app, { host, port, logger: silent });
  return {
    port,
    server,
    async [Symbol.asyncDispose]() {
      await server.close({ graceMs: 0 });
    },
  };
}

const sayHost = { fetch: (request: Request) => new Response(new URL(request.url).host) };

describe("listen", () => {
  it.each(["127.0.0.1", "[::1]", "localhost"])("takes IPv6 and IPv4 on ::, here %s", async (host) => {
    await using served = await serve(sayHost);
    const reply = await fetch(`http://${host}:${served.port}/`);
    expect(await reply.text()).toBe(`${host}:${served.port}`);
  });

  it("takes only the address it was given", async () => {
    await using served = await serve(sayHost, "127.0.0.1");
    expect(served.server.url).toBe(`http://127.0.0.1:${served.port}`);
    await expect(fetch(`http://[::1]:${served.port}/`)).rejects.toThrow("fetch failed");
  });

  it("names address and reason when the port is in use", async () => {
    await using served = await serve(sayHost, "127.0.0.1");
    await expect(listen(sayHost, { host: "127.0.0.1", port: served.port, logger: silent })).rejects.toThrow(
      new RegExp(`^listening on port ${served.port} of 127\\.0\\.0\\.1 failed: .*EADDRINUSE`),
    );
  });

  it("lets a request under way end when it closes, and refuses new ones", async () => {
    const gate = Promise.withResolvers<Response>();
    const arrived = Promise.withResolvers<void>();
    await using served = await serve({
      fetch: () => {
        arrived.resolve();
        return gate.promise;
      },
    });
    using agent = keepAliveAgent();
    const reply = readOver(agent, served.port);
    await arrived.promise;
    const closed = served.server.close({ graceMs: 60_000 });
    await waitFor(
      () =>
        fetch(`http://127.0.0.1:${served.port}/`).then(
          () => false,
          () => true,
        ),
      {
        what: "new connections to be refused",
      },
    );
    gate.resolve(new Response("ended"));
    expect(await reply).toBe("ended");
    await closed;
  });

  it("closes at once when connections are only kept alive", async () => {
    await using served = await serve(sayHost);
    using agent = keepAliveAgent();
    await readOver(agent, served.port);
    await expect(served.server.close({ graceMs: 60_000 })).resolves.toBeUndefined();
  });

  it("closes at once when a connection has not been used yet", async () => {
    await using served = await serve(sayHost);
    const socket = connect(served.port, "127.0.0.1");
    const ended = once(socket.resume(), "close");
    await once(socket, "connect");
    // Connections are accepted in turn: the one before has been by now.
    using agent = keepAliveAgent();
    await readOver(agent, served.port);
    await served.server.close({ graceMs: 60_000 });
    expect(await ended).toEqual([false]);
  });

  it("cuts off a request that outlasts the grace", async () => {
    const arrived = Promise.withResolvers<void>();
    await using served = await serve({
      fetch: () => {
        arrived.resolve();
        return new Promise<Response>(() => undefined);
      },
    });
    using agent = keepAliveAgent();
    const reply = readOver(agent, served.port);
    const outcome = reply.catch((error: Error) => error.message);
    await arrived.promise;
    await served.server.close({ graceMs: 1 });
    expect(await outcome).toBe("socket hang up");
  });

  it("may be closed twice", async () => {
    await using served = await serve(sayHost);
    const closings = [served.server.close({ graceMs: 0 }), served.server.close({ graceMs: 0 })];
    await expect(Promise.all(closings)).resolves.toHaveLength(2);
  });
});

function keepAliveAgent() {
  const agent = new Agent({ keepAlive: true });
  return Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() });
}

async function readOver(agent: Agent, port: number): Promise<string> {
  const responses: IncomingMessage[] = await once(get({ port, host: "127.0.0.1", agent }), "response");
  let body = "";
  for await (const chunk of responses[0] ?? []) body += String(chunk);
  return body;
}
