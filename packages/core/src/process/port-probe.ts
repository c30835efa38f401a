import { connect } from "node:net";

/** What {@link isPortRefused} connects to. */
export interface PortProbeOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}

/**
 * Tells whether a TCP connection is refused, which says that nothing listens. Any other outcome, no answer within
 * the deadline among them, is `false`. Never rejects.
 */
export function isPortRefused({ host, port, timeoutMs }: PortProbeOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    function settle(isRefused: boolean) {
      socket.destroy();
      resolve(isRefused);
    }
    socket.once("connect", () => settle(false));
    socket.once("timeout", () => settle(false));
    socket.once("error", (error) => settle("code" in error && error.code === "ECONNREFUSED"));
  });
}
