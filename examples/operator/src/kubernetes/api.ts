import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The few calls that an operator of RedisClusters makes. Every one has its deadline. */
export interface KubernetesApi {
  /** @throws KubernetesError */
  get(path: string, signal: AbortSignal): Promise<unknown>;
  /** Changes an object by a JSON merge patch; one that names a `resourceVersion` holds for that version only. @throws KubernetesError */
  patch(path: string, patch: object, signal: AbortSignal): Promise<unknown>;
}

/** A call to the API server that failed. */
export class KubernetesError extends Error {
  override readonly name = "KubernetesError";
  readonly code:
    "KUBERNETES_UNREACHABLE" | "KUBERNETES_REFUSED" | "KUBERNETES_CONFLICT" | "KUBERNETES_REPLY_INVALID";

  constructor(code: KubernetesError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const timeoutMs = 5_000;

/**
 * Creates a client that speaks as a service account.
 *
 * `fetch` trusts the cluster's CA where `NODE_EXTRA_CA_CERTS` names `ca.crt` of the service account.
 */
export function createKubernetesApi({
  url,
  serviceAccountDir,
}: {
  readonly url: string;
  readonly serviceAccountDir: string;
}): KubernetesApi {
  async function call({ method, path, headers, body }: Call, signal: AbortSignal): Promise<unknown> {
    const attempted = `${method} ${path}`;
    try {
      // The kubelet replaces the token about once an hour.
      const token = (await readFile(join(serviceAccountDir, "token"), "utf8")).trim();
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { accept: "application/json", authorization: `Bearer ${token}`, ...headers },
        body: body ?? null,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      const text = await response.text();
      if (response.ok) return JSON.parse(text);
      const code = response.status === 409 ? "KUBERNETES_CONFLICT" : "KUBERNETES_REFUSED";
      throw new KubernetesError(code, `${attempted} was answered ${response.status}: ${text.slice(0, 300)}`);
    } catch (cause) {
      if (cause instanceof KubernetesError) throw cause;
      const code = cause instanceof SyntaxError ? "KUBERNETES_REPLY_INVALID" : "KUBERNETES_UNREACHABLE";
      throw new KubernetesError(code, `${attempted} failed: ${String(cause)}`, { cause });
    }
  }

  return {
    get: (path, signal) => call({ method: "GET", path }, signal),
    patch: (path, patch, signal) => {
      const headers = { "content-type": "application/merge-patch+json" };
      return call({ method: "PATCH", path, headers, body: JSON.stringify(patch) }, signal);
    },
  };
}

interface Call {
  readonly method: "GET" | "PATCH";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
