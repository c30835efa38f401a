/** A line of redis.conf with every argument quoted, so that no value can be more than one argument of one line. */
export function line(directive: string, ...values: readonly string[]): string {
  return [directive, ...values.map(quote)].join(" ");
}

/** Redis as the manager's child: in the foreground, its log on stdout. */
export const processLines: readonly string[] = [
  line("daemonize", "no"),
  line("supervised", "no"),
  line("pidfile", ""),
  line("logfile", ""),
  line("syslog-enabled", "no"),
];

/** Where Redis listens, and with which certificate. The TLS directives are unknown to a Redis built without TLS. */
export function portLines({
  port,
  tlsDir,
}: {
  readonly port: number;
  readonly tlsDir?: string | undefined;
}): readonly string[] {
  if (tlsDir === undefined) return [line("port", String(port))];
  return [
    line("port", "0"),
    line("tls-port", String(port)),
    line("tls-cert-file", `${tlsDir}/tls.crt`),
    line("tls-key-file", `${tlsDir}/tls.key`),
    line("tls-ca-cert-file", `${tlsDir}/ca.crt`),
  ];
}

// The double-quoted form of redis.conf: \xHH for control characters, everything else as it is.
function quote(value: string): string {
  const escaped = value
    .replaceAll(/["\\]/g, "\\$&")
    .replaceAll(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return `"${escaped}"`;
}
