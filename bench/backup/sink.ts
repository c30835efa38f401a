// An S3 store in a process of its own that counts what it is sent and drops it, so that a client's speed is measured and
// not a disk's. Speaks what uploads need: single and multipart puts, HEAD. Started with a certificate's files, it serves
// https. Prints its port once it listens.
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

const [certFile, keyFile] = process.argv.slice(2);
const objectSizes = new Map<string, number>();
const uploadSizes = new Map<string, number>();

const listener = (request: IncomingMessage, response: ServerResponse) => void answer(request, response);
const server =
  certFile === undefined || keyFile === undefined
    ? createServer(listener)
    : createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, listener);
server.listen(0, "127.0.0.1", () => console.log(readPort(server.address())));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://sink");
  const receivedBytes = await drain(request);
  const uploadId = searchParams.get("uploadId");
  switch (request.method ?? "GET") {
    case "PUT":
      if (uploadId === null) objectSizes.set(pathname, receivedBytes);
      else uploadSizes.set(uploadId, (uploadSizes.get(uploadId) ?? 0) + receivedBytes);
      // Not the form of an MD5: no client takes it for one.
      response.setHeader("etag", '"dropped"');
      response.end();
      return;
    case "POST":
      response.setHeader("content-type", "application/xml");
      if (uploadId === null) response.end(startUpload(pathname));
      else response.end(completeUpload(pathname, uploadId));
      return;
    case "HEAD":
      answerHead(response, objectSizes.get(pathname));
      return;
    case "DELETE":
      objectSizes.delete(pathname);
      response.writeHead(204).end();
      return;
    default:
      response.writeHead(501).end();
  }
}

async function drain(request: IncomingMessage): Promise<number> {
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await new Promise<void>((resolve) => request.once("close", resolve));
  // What is sent in signed chunks is longer by their signatures.
  return Number(request.headers["x-amz-decoded-content-length"] ?? bytes);
}

function startUpload(pathname: string): string {
  const uploadId = crypto.randomUUID();
  uploadSizes.set(uploadId, 0);
  const { bucket, key } = splitPath(pathname);
  return `<InitiateMultipartUploadResult><Bucket>${bucket}</Bucket><Key>${key}</Key><UploadId>${uploadId}</UploadId></InitiateMultipartUploadResult>`;
}

function completeUpload(pathname: string, uploadId: string): string {
  objectSizes.set(pathname, uploadSizes.get(uploadId) ?? 0);
  uploadSizes.delete(uploadId);
  const { bucket, key } = splitPath(pathname);
  return `<CompleteMultipartUploadResult><Bucket>${bucket}</Bucket><Key>${key}</Key><ETag>"dropped-1"</ETag></CompleteMultipartUploadResult>`;
}

function answerHead(response: ServerResponse, sizeBytes: number | undefined): void {
  if (sizeBytes === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    "content-length": sizeBytes,
    "last-modified": new Date().toUTCString(),
    etag: '"dropped-1"',
  });
  response.end();
}

function splitPath(pathname: string): { readonly bucket: string; readonly key: string } {
  const [, bucket = "", ...key] = pathname.split("/");
  return { bucket, key: key.join("/") };
}

function readPort(address: AddressInfo | string | null): number {
  if (typeof address !== "object" || address === null) throw new Error("the sink has no port");
  return address.port;
}
