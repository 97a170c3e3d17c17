/** `npm run try`: from a fresh clone to findings and a diff, with nothing but Node. */
import { mustRun, requireInstalled } from "./run.mjs";

await requireInstalled();
console.log("== Building");
await mustRun("npm", ["run", "--silent", "build"]);
await mustRun("npx", ["tsx", "scripts/demo.mts"]);
