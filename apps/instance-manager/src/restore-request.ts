import { readFile } from "node:fs/promises";
import { s3DestinationSchema } from "@redis-operator/client/contract";
import { parseRestoreSource, readPersistenceConfig, type RestoreRequest } from "@redis-operator/core/restore";
import type { Config } from "./config.ts";
import { type RestoreArguments, UsageError } from "./restore-arguments.ts";

/**
 * Puts a restore together from its command line, and from the environment what that leaves open.
 *
 * @throws UsageError with what is wrong with the command line; InstanceError `REDIS_CONFIG_INVALID` if the
 * configuration that names the files can't be read.
 */
export async function createRestoreRequest(args: RestoreArguments, config: Config): Promise<RestoreRequest> {
  if (args.from === undefined) throw new UsageError("--from is missing");
  const source = parseRestoreSource(args.from);
  if (source === undefined) throw new UsageError(`--from must be s3://<bucket>/<key>, not ${args.from}`);
  const { names, isAppendOnly } = await readPersistenceConfig({ includeFile: config.redis.userConfigFile });
  return {
    source,
    store: await readStore(source.bucket, args),
    dataDir: args["data-dir"] ?? config.redis.dataDir,
    names: {
      snapshot: args.dbfilename ?? names.snapshot,
      appendOnlyDirectory: args.appenddirname ?? names.appendOnlyDirectory,
      appendOnlyFile: args.appendfilename ?? names.appendOnlyFile,
    },
    isAppendOnly: args.appendonly === undefined ? isAppendOnly : args.appendonly === "yes",
    isForced: args.force,
    isVerified: args.verify,
  };
}

/** The options of a backup's destination, by its rules. */
async function readStore(bucket: string, args: RestoreArguments) {
  const { endpoint, region, "force-path-style": forcePathStyle, "ca-file": caFile } = args;
  const result = s3DestinationSchema.safeParse({
    bucket,
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(forcePathStyle !== undefined && { forcePathStyle }),
    ...(caFile !== undefined && { caBundle: await readCaFile(caFile) }),
  });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UsageError(`--${optionOf(issue?.path[0])} ${issue?.message ?? "is wrong"}`);
}

function optionOf(field: PropertyKey | undefined): string {
  const options = new Map<PropertyKey | undefined, string>([
    ["bucket", "from"],
    ["caBundle", "ca-file"],
  ]);
  return options.get(field) ?? String(field);
}

async function readCaFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(
      `--ca-file can't be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
