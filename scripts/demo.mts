/** The second half of `npm run try`: the built command on the examples, with their registry. */
import { spawn } from "node:child_process";
import { startSampleRegistry } from "./sampleRegistry";

function show(...parameters: string[]): Promise<void> {
  console.log(`\n$ digest-pin ${parameters.join(" ")}`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["server/dist/cli.js", ...parameters], { stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (status) => {
      // 1 says that there are findings: the examples are there to have some.
      if (status === 0 || status === 1) resolve();
      else reject(new Error(`digest-pin ended with status ${status}`));
    });
  });
}

const registry = await startSampleRegistry();
console.log(`\n== A registry with sample images is running at localhost:${registry.port}.`);
try {
  await show("check", "examples");
  await show("pin", "--diff", "examples");
} finally {
  await registry.close();
}
console.log(`
== Now in an editor: npm run editor
   It opens VS Code in a browser on examples/, with the extension installed and the same registry.
   Your own files: node server/dist/cli.js check PATH`);
