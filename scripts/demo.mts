/** The second half of `npm run try`: the built command on the examples, with their registry. */
import { spawn } from "node:child_process";
import { relative } from "node:path";
import { startSampleRegistry } from "./sampleRegistry";
import { startSampleTrust } from "./sampleTrust";

const registry = await startSampleRegistry();
const trust = await startSampleTrust();

function show(...parameters: string[]): Promise<void> {
  console.log(`\n$ digest-pin ${parameters.join(" ")}`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["server/dist/cli.js", ...parameters], {
      stdio: "inherit",
      env: { ...process.env, ...trust.environment },
    });
    child.on("error", reject);
    child.on("close", (status) => {
      // 1 says that there are findings: the examples are there to have some.
      if (status === 0 || status === 1) resolve();
      else reject(new Error(`digest-pin ended with status ${status}`));
    });
  });
}

console.log(`
== A registry with sample images is running at localhost:${registry.port}, and beside it a trust server that has
   signatures for two of its repositories. A policy names their root keys.`);
try {
  const policy = ["--policy", relative(process.cwd(), trust.policyPath)];
  await show("check", ...policy, "examples");
  await show("pin", "--diff", "examples/shop");
  console.log("\n== Signatures: one image is signed, one is not, and one was tampered with.");
  const images = ["api:1.4.2", "api:nightly", "gateway:2.0.1"];
  await show("verify", ...policy, ...images.map((image) => `localhost:${registry.port}/acme/${image}`));
  await show("pin", ...policy, "examples/signed");
} finally {
  await registry.close();
  await trust.close();
}
console.log(`
== Now in an editor: npm run editor
   It opens VS Code in a browser on examples/, with the extension installed and the same servers.
   Your own files: node server/dist/cli.js check PATH`);
