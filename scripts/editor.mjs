/** `npm run editor`: VS Code on the examples, with the extension as it would be installed. */
import { mustRun, requireInstalled } from "./run.mjs";

await requireInstalled();
console.log("== Building and packaging the extension");
await mustRun("npm", ["run", "--silent", "build"]);
await mustRun("npm", ["run", "--silent", "package"]);
await mustRun("npx", ["tsx", "scripts/editor.ts"]);
