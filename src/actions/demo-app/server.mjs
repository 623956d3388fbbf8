import { readFileSync } from "node:fs";
import { createServer } from "node:http";

// What runs is what was there when it started: the answer does not change when files do.
const commit = readFileSync("REVISION", "utf8").trim();
const greeting = readFileSync("greeting.txt", "utf8").trim();

createServer((request, response) => {
  if (request.url !== "/version") return response.end(`${greeting}\n`);
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ commit }));
}).listen(Number(process.argv[2]), "127.0.0.1");
