import { EnvironmentError } from "./environment.ts";
import type { ApiTls } from "./listen.ts";
import type { ClientAuth } from "./tls-files.ts";

// The kubelet itself takes up to a minute to bring new files.
const reloadIntervalMs = 5_000;

/**
 * Puts the variables of the API's TLS together; `undefined` for plain HTTP.
 *
 * @throws EnvironmentError if certificates are asked for that plain HTTP can't show.
 */
export function parseApiTls(env: {
  readonly API_TLS_DIR?: string;
  readonly API_TLS_CLIENT_AUTH: ClientAuth;
}): ApiTls | undefined {
  const { API_TLS_DIR: dir, API_TLS_CLIENT_AUTH: clientAuth } = env;
  if (dir !== undefined) return { dir, clientAuth, reloadIntervalMs };
  if (clientAuth === "none") return undefined;
  throw new EnvironmentError([`API_TLS_CLIENT_AUTH: ${clientAuth} needs API_TLS_DIR`]);
}
