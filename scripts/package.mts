/** Packages the extension as `dist/digest-pin.vsix`, and fails where it is over its limit. Build the bundles first. */
import { mkdirSync, statSync } from "node:fs";
import { createVSIX } from "@vscode/vsce";

const packagePath = "dist/digest-pin.vsix";
/** Bytes. */
const LIMIT = 1_500_000;

mkdirSync("dist", { recursive: true });
await createVSIX({ packagePath, dependencies: false, rewriteRelativeLinks: true });
const { size } = statSync(packagePath);
console.log(`${packagePath}  ${(size / 1000).toFixed(0)} kB`);
if (size > LIMIT) {
  console.error(`It is over its limit of ${LIMIT / 1000} kB.`);
  process.exitCode = 1;
}
