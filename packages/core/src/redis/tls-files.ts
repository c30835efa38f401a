import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describeError, InstanceError } from "../errors.ts";

/** The certificate of an instance, its key and the CA that it trusts, all PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** Where each of the three lies in the folder, which is laid out like a Kubernetes TLS secret. */
export function tlsFilePaths(tlsDir: string): TlsFiles {
  return { cert: join(tlsDir, "tls.crt"), key: join(tlsDir, "tls.key"), ca: join(tlsDir, "ca.crt") };
}

/**
 * Reads the three TLS files of a folder.
 *
 * @throws InstanceError `REDIS_UNREACHABLE` if one can't be read.
 */
export async function readTlsFiles(tlsDir: string): Promise<TlsFiles> {
  const paths = tlsFilePaths(tlsDir);
  try {
    const [cert, key, ca] = await Promise.all([
      readFile(paths.cert, "utf8"),
      readFile(paths.key, "utf8"),
      readFile(paths.ca, "utf8"),
    ]);
    return { cert, key, ca };
  } catch (cause) {
    throw new InstanceError(
      "REDIS_UNREACHABLE",
      `reading the TLS files in ${tlsDir} failed: ${describeError(cause)}`,
      { cause },
    );
  }
}
