// Sends so many MiB to the sink from one Buffer, over and over, without reading, hashing or signing anything: how fast the
// store and the connection to it can be, printed in MB/s. Usage: raw-upload.ts <URL> <MiB> [CA file]
import { readFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { Agent as TlsAgent, request as httpsRequest } from "node:https";

const [url = "", mebibytes = "0", caFile] = process.argv.slice(2);
const partMebibytes = 8;
const body = Buffer.alloc(partMebibytes * 1024 * 1024, "x");
const agent =
  caFile === undefined
    ? new Agent({ keepAlive: true })
    : new TlsAgent({ keepAlive: true, ca: readFileSync(caFile) });
const parts = Math.ceil(Number(mebibytes) / partMebibytes);
let unsent = parts;

const startedAt = performance.now();
await Promise.all([sendParts(), sendParts()]);
console.log((parts * body.length) / 1e3 / (performance.now() - startedAt));
agent.destroy();

async function sendParts(): Promise<void> {
  while (unsent > 0) {
    unsent -= 1;
    await sendPart();
  }
}

function sendPart(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const open = caFile === undefined ? httpRequest : httpsRequest;
  const request = open(`${url}/bound`, { method: "PUT", agent, headers: { "content-length": body.length } });
  request.on("error", reject);
  request.on("response", (response) => response.resume().on("end", resolve));
  request.end(body);
  return promise;
}
