import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeError, InstanceError } from "../errors.ts";

/** Who we are to the API server, and by which CA we know it. */
export interface ServiceAccount {
  readonly token: string;
  /** PEM. */
  readonly ca: string;
}

/**
 * Reads the pod's service account. Both files are rotated by the kubelet, so read them for every request.
 *
 * @throws InstanceError `KUBERNETES_UNREACHABLE` if a file is missing or empty.
 * @see https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 */
export function readServiceAccount(serviceAccountDir: string): ServiceAccount {
  return {
    token: readAccountFile(join(serviceAccountDir, "token")).trim(),
    ca: readAccountFile(join(serviceAccountDir, "ca.crt")),
  };
}

/**
 * Reads the namespace that the pod runs in.
 *
 * @throws InstanceError as {@link readServiceAccount}.
 */
export function readNamespace(serviceAccountDir: string): string {
  return readAccountFile(join(serviceAccountDir, "namespace")).trim();
}

// Synchronous on purpose: the files are small and in memory, and an asynchronous read would wait in the thread pool
// behind name lookups, which hang for many seconds in just the network faults that are to be observed.
function readAccountFile(path: string): string {
  try {
    const text = readFileSync(path, "utf8");
    if (text.trim() === "") throw new Error("it is empty");
    return text;
  } catch (cause) {
    throw new InstanceError(
      "KUBERNETES_UNREACHABLE",
      `reading the service account file ${path} failed: ${describeError(cause)}`,
      { cause },
    );
  }
}
