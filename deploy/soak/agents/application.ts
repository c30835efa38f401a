import { readFileSync } from "node:fs";
import { createRedisConnection, type RedisCommand, type RedisConnection } from "@redis-operator/core/redis";

/** Where names lead and how to log in. */
export interface ApplicationOptions {
  readonly hostsFile: string;
  readonly passwordFile: string;
  readonly sentinels: readonly string[];
  readonly instances: readonly { readonly pod: string; readonly name: string }[];
}

/** An application's connection to whichever Redis the sentinels name as the primary. */
export interface Application {
  /** Sends one command to the primary. @returns The reply and which pod gave it. @throws Error; the next one asks the sentinels anew. */
  send(command: RedisCommand): Promise<{ readonly reply: unknown; readonly pod: string }>;
}

// A primary that hangs is given up on well before a failover could end.
const commandTimeoutMs = 2_000;
const connectTimeoutMs = 500;

/** Opens a connection by a name of the cluster, whose address is looked up now. */
export function connectByName(
  name: string,
  {
    hostsFile,
    passwordFile,
    port = 6379,
  }: Pick<ApplicationOptions, "hostsFile" | "passwordFile"> & { readonly port?: number },
): RedisConnection {
  const host = lookUp(name, hostsFile);
  return createRedisConnection({ host, port, passwordFile, connectTimeoutMs, commandTimeoutMs });
}

/** Creates an application that connects with its first command. */
export function createApplication(options: ApplicationOptions): Application {
  let current: { readonly redis: RedisConnection; readonly pod: string } | undefined;

  async function askSentinels(): Promise<string> {
    let lastError: unknown;
    for (const sentinel of options.sentinels) {
      try {
        const connection = connectByName(sentinel, { ...options, port: 26_379 });
        try {
          const [name] = toList(await connection.send(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "redis"]));
          if (typeof name === "string") return name;
        } finally {
          connection.close();
        }
      } catch (error) {
        lastError = error;
      }
    }
    throw new Error("no sentinel names a primary", { cause: lastError });
  }

  async function connect() {
    const name = await askSentinels();
    const instance = options.instances.find((candidate) => name.startsWith(candidate.name));
    if (instance === undefined) throw new Error(`the sentinels name ${name}, which is no instance`);
    const redis = connectByName(instance.name, options);
    try {
      const [role] = toList(await redis.send(["ROLE"]));
      if (role !== "master") throw new Error(`${name} is named as the primary and is ${String(role)}`);
    } catch (error) {
      redis.close();
      throw error;
    }
    return { redis, pod: instance.pod };
  }

  return {
    async send(command) {
      const { redis, pod } = (current ??= await connect());
      try {
        return { reply: await redis.send(command), pod };
      } catch (error) {
        redis.close();
        if (current?.redis === redis) current = undefined;
        throw error;
      }
    },
  };
}

/** What a list holds; nothing if it is none. */
export function toList(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [];
}

function lookUp(name: string, hostsFile: string): string {
  for (const line of readFileSync(hostsFile, "utf8").split("\n")) {
    const [address, ...names] = line.split(" ");
    if (address !== undefined && names.includes(name)) return address;
  }
  throw new Error(`${name} leads nowhere`);
}
