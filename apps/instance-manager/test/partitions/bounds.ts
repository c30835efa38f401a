// Every scenario runs with the defaults.
const checkIntervalMs = 5_000;
const longerTimeoutMs = 5_000;
// The prober on the host asks ten times a second.
const probeIntervalMs = 100;

/** By when an isolated primary has to say so: one check interval and max(apiServerTimeout, peerTimeout). */
export const boundMs = checkIntervalMs + longerTimeoutMs + probeIntervalMs;

/** The variable that turns self-fencing on or off. */
export function selfFencing(isEnabled: boolean): Readonly<Record<string, string>> {
  return { SELF_FENCING_ENABLED: String(isEnabled) };
}
