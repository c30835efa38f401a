import { once } from "node:events";
import { duplexPair } from "node:stream";
import { connect, createSecureContext, TLSSocket } from "node:tls";
import { describeError, InstanceError } from "../errors.ts";
import { formatHostPort } from "../host-port.ts";
import type { TlsFiles } from "../redis/tls-files.ts";

/** A certificate that one side of a handshake showed, and that the other took. */
export interface ShownCertificate {
  /** SHA-256, in hex pairs. */
  readonly fingerprint: string;
  /** The end of its validity, as X.509 writes it. */
  readonly validTo: string;
}

/**
 * Checks that the files fit together by a handshake with themselves, in memory: the key is the certificate's, the
 * certificate is valid now, and the CA signed it.
 *
 * @throws InstanceError `REDIS_CONFIG_INVALID` with what doesn't fit.
 */
export async function checkTlsFiles(
  { cert, key, ca }: TlsFiles,
  { tlsDir, timeoutMs }: { readonly tlsDir: string; readonly timeoutMs: number },
): Promise<ShownCertificate> {
  const empty = Object.entries({ "tls.crt": cert, "tls.key": key, "ca.crt": ca }).find(
    ([, text]) => text.trim() === "",
  );
  if (empty !== undefined) throw new InstanceError("REDIS_CONFIG_INVALID", `${tlsDir}/${empty[0]} is empty`);
  const [near, far] = duplexPair();
  try {
    const server = new TLSSocket(far, { isServer: true, secureContext: createSecureContext({ cert, key }) });
    // The client's side says why.
    server.on("error", () => undefined);
    const client = connect({ socket: near, ca, checkServerIdentity: () => undefined });
    return await shownTo(client, timeoutMs);
  } catch (cause) {
    throw new InstanceError(
      "REDIS_CONFIG_INVALID",
      `the TLS files in ${tlsDir} don't fit together: ${describeError(cause)}`,
      { cause },
    );
  } finally {
    near.destroy();
    far.destroy();
  }
}

/**
 * Reads the certificate that a Redis shows, and verifies it by the CA of `tls`.
 *
 * @throws InstanceError `REDIS_UNREACHABLE` if there is no handshake within `timeoutMs`.
 */
export async function readShownCertificate(
  { host, port }: { readonly host: string; readonly port: number },
  { tls, timeoutMs }: { readonly tls: TlsFiles; readonly timeoutMs: number },
): Promise<ShownCertificate> {
  const socket = connect({ host, port, ...tls, checkServerIdentity: () => undefined });
  try {
    return await shownTo(socket, timeoutMs);
  } catch (cause) {
    throw new InstanceError(
      "REDIS_UNREACHABLE",
      `a TLS handshake with Redis at ${formatHostPort(host, port)} failed: ${describeError(cause)}`,
      { cause },
    );
  }
}

async function shownTo(socket: TLSSocket, timeoutMs: number): Promise<ShownCertificate> {
  try {
    await once(socket, "secureConnect", { signal: AbortSignal.timeout(timeoutMs) });
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) throw new Error("no certificate was shown");
    return { fingerprint: certificate.fingerprint256, validTo: certificate.validTo };
  } finally {
    // Destroying a socket in its handshake may still raise an error.
    socket.on("error", () => undefined);
    socket.destroy();
  }
}
