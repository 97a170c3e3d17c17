/**
 * Loaded before everything else of a run of the tests: one source file is read as the mutant that the environment
 * describes. A run that never read the file says nothing about the mutant, and ends with a status of its own.
 */
const fs = require("node:fs");

const NEVER_READ = 77;
const { path, source } = JSON.parse(process.env.DIGEST_PIN_MUTANT ?? "null");
const read = fs.readFileSync;
let wasRead = false;

fs.readFileSync = function readFileSync(file, ...options) {
  const content = read.call(this, file, ...options);
  if (file !== path) return content;
  wasRead = true;
  return source;
};

process.on("exit", () => {
  if (!wasRead) process.exitCode = NEVER_READ;
});
