/**
 * Opens VS Code in a browser on the examples, with the package `dist/digest-pin.vsix` installed as a user would
 * install it, and with the registry and the trust server that the examples name. Installs the editor host first where it is missing, builds
 * nothing, and leaves nothing behind but the host. It listens on loopback alone, without a password.
 */
import { once } from "node:events";
import { existsSync } from "node:fs";
import path from "node:path";
import { startCodeServer } from "../test/editor/codeServer";
import { installHost, whyUnsupported } from "../test/editor/host/install";
import { startSampleRegistry } from "./sampleRegistry";
import { startSampleTrust } from "./sampleTrust";

const repository = path.resolve(__dirname, "..");
const vsix = path.join(repository, "dist/digest-pin.vsix");
const examples = path.join(repository, "examples");

async function main(): Promise<void> {
  const unsupported = whyUnsupported();
  if (unsupported !== undefined) {
    console.log(
      `Skipped: ${unsupported}. Install ${path.relative(process.cwd(), vsix)} into your own VS Code instead.`,
    );
    return;
  }
  if (!existsSync(vsix)) throw new Error("There is no dist/digest-pin.vsix yet: run npm run build && npm run package");
  await installHost((line) => console.log(line));

  const registry = await startSampleRegistry();
  const trust = await startSampleTrust();
  const { XDG_CONFIG_HOME: configHome, XDG_DATA_HOME: dataHome } = trust.environment;
  const server = await startCodeServer({
    vsix,
    env: { XDG_CONFIG_HOME: configHome ?? "", XDG_DATA_HOME: dataHome ?? "" },
    settings: {
      "digestPin.registries": [`localhost:${registry.port}`],
      "chat.disableAIFeatures": true,
      "telemetry.telemetryLevel": "off",
      "workbench.secondarySideBar.defaultVisibility": "hidden",
      "workbench.startupEditor": "none",
    },
  });
  console.log(`\nVS Code with Digest Pin:  ${server.windowUrl(examples)}\nCtrl+C stops it.`);
  await Promise.race(["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => once(process, signal)));
  await server.stop();
  await registry.close();
  await trust.close();
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
