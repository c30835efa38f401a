import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext } from "node:tls";

/**
 * Whether callers show a certificate: never asked for one (`none`), asked, and known by it if they do (`optional`), or
 * refused without one (`required`).
 */
export type ClientAuth = "none" | "optional" | "required";

/** Where the files of the API's TLS are. */
export interface TlsSource {
  /** Folder with `tls.crt`, `tls.key` and, if clients are asked for a certificate, `ca.crt`. */
  readonly dir: string;
  readonly clientAuth: ClientAuth;
}

/** Certificate and key of a server, PEM, and the CA of its clients' certificates. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

/**
 * Reads the files, and proves that key and certificate belong together.
 *
 * @throws Error "reading the TLS files in … failed: …". A file that is being written fails as well.
 */
export async function readTlsFiles({ dir, clientAuth }: TlsSource): Promise<TlsFiles> {
  const read = (name: string) => readFile(join(dir, name), "utf8");
  try {
    const [cert, key] = await Promise.all([read("tls.crt"), read("tls.key")]);
    // Node takes an empty file for one that wasn't given, and would serve without a certificate or trust every public CA.
    void new X509Certificate(cert);
    void createPrivateKey(key);
    createSecureContext({ cert, key });
    if (clientAuth === "none") return { cert, key };
    const ca = await read("ca.crt");
    void new X509Certificate(ca);
    return { cert, key, ca };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`reading the TLS files in ${dir} failed: ${reason}`, { cause });
  }
}

/** Tells whether two sets of files are the same. */
export function isSameTls(one: TlsFiles, other: TlsFiles): boolean {
  return one.cert === other.cert && one.key === other.key && one.ca === other.ca;
}
