import { once } from "node:events";
import { Agent } from "node:https";
import { connect as connectTcp } from "node:net";
import { connect, type ConnectionOptions } from "node:tls";
import { createServerCertificate, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { askTls, serveTls, servedCertificate } from "./tls-fixture.ts";

describe("a server over TLS", () => {
  it("answers https, names itself so, and tells the app where a request comes from", async () => {
    await using served = await serveTls();
    expect(served.server.url).toBe(`https://127.0.0.1:${served.port}`);
    expect(await askTls(served.port, served.certificate)).toEqual({ address: "127.0.0.1" });
  });

  it("doesn't answer plain HTTP", async () => {
    await using served = await serveTls();
    await expect(fetch(`http://127.0.0.1:${served.port}/`)).rejects.toThrow("fetch failed");
  });

  it.each(["tls.key", "tls.crt", "ca.crt"])("isn't started with an empty %s", async (name) => {
    await using served = await serveTls({ clientAuth: "optional" });
    await served.write(name, "");
    await expect(served.listenAgain()).rejects.toThrow(/^reading the TLS files in .* failed: /);
  });

  it("isn't started with the key of another certificate", async () => {
    await using served = await serveTls();
    await served.write("tls.key", (await createServerCertificate()).key);
    await expect(served.listenAgain()).rejects.toThrow("key values mismatch");
  });

  it("closes at once with connections open that carry no request, handshake done or not", async () => {
    await using served = await serveTls();
    const raw = connectTcp({ host: "127.0.0.1", port: served.port });
    await once(raw, "connect");
    const secured = connect({ host: "127.0.0.1", port: served.port, rejectUnauthorized: false });
    await once(secured, "secureConnect");
    const ends = [raw, secured].map((socket) => once(socket.resume(), "close"));
    await served.server.close({ graceMs: 3_600_000 });
    await expect(Promise.all(ends)).resolves.toHaveLength(2);
  });
});

describe("the certificate of a client", () => {
  it("is known by its name where the API's CA signed it", async () => {
    await using served = await serveTls({ clientAuth: "optional" });
    expect(await askTls(served.port, served.certificate)).toMatchObject({ certificate: "testbed-server" });
  });

  it.each(["optional", "required"] as const)(
    "counts for nothing where another CA did; %s",
    async (clientAuth) => {
      await using served = await serveTls({ clientAuth });
      const { cert, key } = await createServerCertificate();
      const { ca } = served.certificate;
      expect(await askTls(served.port, { ca, cert, key })).toEqual({ address: "127.0.0.1" });
      expect(await askTls(served.port, { ca })).toEqual({ address: "127.0.0.1" });
    },
  );

  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "isn't taken for shown in a resumed session without one; %s",
    async (version) => {
      await using served = await serveTls({ clientAuth: "optional" });
      const options = { minVersion: version, maxVersion: version } as const;
      const first = await converse(served.port, options);
      const second = await converse(served.port, {
        ...options,
        ...(first.session && { session: first.session }),
      });
      expect(second.isResumed).toBe(true);
      expect([first.caller, second.caller]).toEqual([{ address: "127.0.0.1" }, { address: "127.0.0.1" }]);
    },
  );
});

describe("new TLS files", () => {
  it("serve from then on, without a restart", async () => {
    await using served = await serveTls();
    const next = await createServerCertificate();
    await served.replace(next);
    await waitFor(async () => (await servedCertificate(served.port)).trim() === next.cert.trim(), {
      what: "the new certificate",
    });
    expect(await askTls(served.port, next)).toEqual({ address: "127.0.0.1" });
    await waitFor(() => served.log.at(-1)?.level === "info", { what: "the log line" });
  });

  it("leave the old ones in use while they don't fit together, told once, and serve when they do", async () => {
    await using served = await serveTls();
    const next = await createServerCertificate();
    await served.write("tls.key", next.key);
    await waitFor(() => served.log.length > 0, { what: "the warning" });
    expect(await askTls(served.port, served.certificate)).toEqual({ address: "127.0.0.1" });
    await served.replace(next);
    await waitFor(async () => (await servedCertificate(served.port)).trim() === next.cert.trim(), {
      what: "the new certificate",
    });
    await waitFor(() => served.log.at(-1)?.level === "info", { what: "the log line" });
    expect(served.log.map(({ level }) => level)).toEqual(["warn", "info"]);
  });

  it("leave a client out that their CA didn't sign: by its open connection, and by its session", async () => {
    await using served = await serveTls({ clientAuth: "optional" });
    const old = served.certificate;
    const { session } = await converse(served.port, old);
    using agent = keepAliveAgent();
    expect(await askTls(served.port, { ...old, agent })).toMatchObject({ certificate: "testbed-server" });

    const next = await createServerCertificate();
    await served.replace(next);
    await waitFor(() => served.log.some(({ level }) => level === "info"), { what: "the reload" });
    await waitFor(async () => (await servedCertificate(served.port)).trim() === next.cert.trim(), {
      what: "the new certificate",
    });
    const withOld = { ca: next.ca, cert: old.cert, key: old.key };
    expect(await askTls(served.port, { ...withOld, agent })).toEqual({ address: "127.0.0.1" });
    expect((await converse(served.port, { ...withOld, ...(session && { session }) })).caller).toEqual({
      address: "127.0.0.1",
    });
  });
});

/** One request on a TLS socket of its own, and the session that the server offers for later. */
async function converse(port: number, options: ConnectionOptions) {
  const socket = connect({ host: "127.0.0.1", port, ...options, rejectUnauthorized: false });
  let session: Buffer | undefined;
  socket.on("session", (offered: Buffer) => (session = offered));
  await once(socket, "secureConnect");
  const isResumed = socket.isSessionReused();
  socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  const caller: unknown = JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1));
  return { caller, session, isResumed };
}

function keepAliveAgent() {
  const agent = new Agent({ keepAlive: true });
  return Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() });
}
