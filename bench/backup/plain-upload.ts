// The plain way with the AWS SDK: a pass over the file for its hash, then `Upload` with its defaults.
// Usage: plain-upload.ts <file> <bucket> <key>, with ENDPOINT, CA_FILE and AWS' own variables.
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { Agent } from "node:https";
import { pipeline } from "node:stream/promises";
import { S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

const [file = "", bucket = "", key = ""] = process.argv.slice(2);
const { ENDPOINT: endpoint = "", CA_FILE: caFile = "" } = process.env;

const hash = createHash("sha256");
await pipeline(createReadStream(file), hash);
console.log(hash.digest("hex"));

const client = new S3Client({
  endpoint,
  forcePathStyle: true,
  region: "us-east-1",
  requestChecksumCalculation: "WHEN_REQUIRED",
  ...(caFile !== "" && {
    requestHandler: { httpsAgent: new Agent({ keepAlive: true, ca: readFileSync(caFile) }) },
  }),
});
await new Upload({ client, params: { Bucket: bucket, Key: key, Body: createReadStream(file) } }).done();
client.destroy();
