// The least that an answer to a scrape costs in Node: the same bytes each time, compressed where that is asked for.
const { readFileSync } = require("node:fs");
const { createServer } = require("node:http");
const { gzipSync } = require("node:zlib");

const body = readFileSync(process.env.BODY_FILE);

createServer((request, response) => {
  const isCompressed = /gzip/.test(request.headers["accept-encoding"] ?? "");
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
  response.writeHead(200, isCompressed ? { ...headers, "content-encoding": "gzip" } : headers);
  response.end(isCompressed ? gzipSync(body, { level: 1 }) : body);
}).listen(Number(process.env.HTTP_PORT), "127.0.0.1");
