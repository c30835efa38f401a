import { InstanceError } from "../errors.ts";
import type { RedisConnection } from "../redis/connection.ts";
import { tlsFilePaths, type TlsFiles } from "../redis/tls-files.ts";
import { checkTlsFiles, readShownCertificate } from "./handshake.ts";
import type { RotatedSubject } from "./rotated-subject.ts";

/** What {@link createTlsRotation} needs. */
export interface TlsRotationDeps {
  readonly redis: RedisConnection;
  /** Where Redis serves TLS. */
  readonly address: { readonly host: string; readonly port: number };
  /** Folder with `tls.crt`, `tls.key`, `ca.crt`, which Redis was started on. */
  readonly tlsDir: string;
  /** The CA that Redis was started with; unset: not known. */
  readonly startedWithCa: string | undefined;
  readonly handshakeTimeoutMs: number;
}

/**
 * Creates the rotation of the certificate, the key and the CA of a supervised Redis. Connections that are open stay; new ones,
 * links included, take the new files.
 */
export function createTlsRotation(deps: TlsRotationDeps): RotatedSubject {
  const { redis, address, tlsDir, startedWithCa, handshakeTimeoutMs: timeoutMs } = deps;
  const paths = tlsFilePaths(tlsDir);
  let loadedCa = startedWithCa;

  return {
    name: "tls",
    files: [paths.cert, paths.key, paths.ca],
    isUnsettled: () => false,
    async apply([cert = "", key = "", ca = ""]) {
      const tls = { cert, key, ca };
      const wanted = await checkTlsFiles(tls, { tlsDir, timeoutMs });
      // Redis tells which certificate it shows, but not which CA it trusts.
      if (loadedCa === ca && (await isShown(tls, wanted.fingerprint))) return undefined;
      // The same path again makes Redis read all three files anew; ones that it can't use leave it as it was.
      await redis.send(["CONFIG", "SET", "tls-cert-file", paths.cert]);
      const shown = await readShownCertificate(address, { tls, timeoutMs });
      if (shown.fingerprint !== wanted.fingerprint) {
        throw new InstanceError(
          "REDIS_REPLY_INVALID",
          `Redis at ${redis.address} still shows the certificate ${shown.fingerprint} and not ${wanted.fingerprint}`,
        );
      }
      loadedCa = ca;
      return { fields: { ...shown }, message: "certificate rotated: Redis shows the one in the file" };
    },
  };

  /** Redis may hold a certificate that the new CA didn't sign. */
  async function isShown(tls: TlsFiles, fingerprint: string): Promise<boolean> {
    try {
      return (await readShownCertificate(address, { tls, timeoutMs })).fingerprint === fingerprint;
    } catch {
      return false;
    }
  }
}
