import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createServerCertificate, startProcess, waitFor } from "@redis-operator/testbed";

export const transports = ["http", "https"] as const;
export type Transport = (typeof transports)[number];

/** The store that all that is measured sends to. */
export interface SinkStore extends AsyncDisposable {
  readonly transport: Transport;
  readonly endpoint: string;
  readonly bucket: string;
  /** It accepts any; clients want to have some. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Of its certificate's authority, when it serves https. */
  readonly ca: { readonly file: string; readonly pem: string } | undefined;
}

/** Starts the sink in a process of its own. @param options.dir - Folder for its certificate. */
export async function startSinkStore(options: {
  readonly transport: Transport;
  readonly dir: string;
}): Promise<SinkStore> {
  const { transport, dir } = options;
  const files = transport === "https" ? await writeCertificate(dir) : undefined;
  const sink = await startProcess({
    command: process.execPath,
    args: [
      fileURLToPath(new URL("./sink.ts", import.meta.url)),
      ...(files === undefined ? [] : [files.cert, files.key]),
    ],
  });
  const port = await waitFor(() => /^\d+$/m.exec(sink.output())?.[0], { what: "the sink" });
  return {
    transport,
    endpoint: `${transport}://127.0.0.1:${port}`,
    bucket: "bench",
    credentials: { accessKeyId: "bench", secretAccessKey: "bench-secret" },
    ca: files?.ca,
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  };
}

async function writeCertificate(dir: string) {
  const { ca, cert, key } = await createServerCertificate();
  const files = {
    ca: { file: join(dir, "ca.pem"), pem: ca },
    cert: join(dir, "cert.pem"),
    key: join(dir, "key.pem"),
  };
  await writeFile(files.ca.file, ca);
  await writeFile(files.cert, cert);
  await writeFile(files.key, key);
  return files;
}
