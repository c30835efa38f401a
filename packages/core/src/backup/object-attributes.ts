import type { StorageClass } from "@aws-sdk/client-s3";
import type { S3Destination } from "./s3-destination.ts";

/** What a destination asks for every object that is put there, in the words of the SDK. */
export function toObjectAttributes({ serverSideEncryption: encryption, tags }: S3Destination) {
  return {
    ...(encryption !== undefined && { ServerSideEncryption: encryption.algorithm }),
    ...(encryption?.kmsKeyId !== undefined && { SSEKMSKeyId: encryption.kmsKeyId }),
    ...(tags !== undefined && { Tagging: new URLSearchParams(tags).toString() }),
  };
}

/** As {@link toObjectAttributes} for an artifact. Only that gets the storage class, which may be one that answers slowly. */
export function toArtifactAttributes(destination: S3Destination) {
  const { storageClass } = destination;
  return {
    ...toObjectAttributes(destination),
    ...(storageClass !== undefined && isStorageClass(storageClass) && { StorageClass: storageClass }),
    ContentType: "application/octet-stream",
  };
}

/** The SDK's type lists the classes of AWS; other stores have their own. */
function isStorageClass(name: string): name is StorageClass {
  return name !== "";
}
