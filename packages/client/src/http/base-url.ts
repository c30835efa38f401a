import { defaultManagerPort } from "../contract/routes.ts";

/** Where a manager listens. */
export interface ManagerAddress {
  /** An IPv4 address, an IPv6 address with or without brackets, or a DNS name. */
  readonly host: string;
  /** Default 8080. */
  readonly port?: number | undefined;
  /** `https` for a manager that serves its API over TLS (`API_TLS_DIR`). Default `http`. */
  readonly protocol?: "http" | "https" | undefined;
}

/**
 * The URL of a manager without a path: `http://[fd00::7]:8080`.
 *
 * @throws TypeError if the host holds more than a host, the port is not in 1..65535, or the protocol is another.
 */
export function toBaseUrl({ host, port = defaultManagerPort, protocol = "http" }: ManagerAddress): string {
  // A pod has no address yet while it is being started.
  if (typeof host !== "string") throw new TypeError(`manager address: the host is ${String(host)}`);
  const bracketed = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const url = `${protocol}://${bracketed}:${port}`;
  // A host such as "10.0.0.7/path", "user@host" or "10.0.0.7?" would make a valid URL of another meaning.
  if (!/^[\w.[\]:-]+$/.test(host) || !URL.canParse(url)) {
    throw new TypeError(`manager address ${url}: the host must be an IP address or a DNS name`);
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new TypeError(`manager address ${url}: the port must be in 1..65535`);
  }
  if (!["http", "https"].includes(protocol)) {
    throw new TypeError(`manager address ${url}: the protocol must be http or https`);
  }
  return url;
}
