import { Redis } from "ioredis";

/** Connects to whichever Redis the sentinels name as the primary, as an application does. */
export function connectThroughSentinels(options: {
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  readonly name: string;
}): Redis {
  const client = new Redis({
    name: options.name,
    sentinels: [...options.sentinels],
    sentinelRetryStrategy: () => 20,
    // A demoted Redis keeps its clients; on the first refused write this one asks the sentinels again and repeats it.
    reconnectOnError: ({ message }) => (message.startsWith("READONLY") ? 2 : false),
  });
  // Its connection is lost on purpose.
  client.on("error", () => undefined);
  return client;
}
