/**
 * What the editor tests need besides programs of the system: the editor host and this repository's build. Each is
 * asked for in a hook; a missing one skips with the command that makes it, or fails where everything is required.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { findInstalled, skipOrFail, skipUnlessInstalled } from "../support/system";
import { isInstalled, whyUnsupported } from "./host/install";

export const repository = path.resolve(__dirname, "../..");

/** The package that is tested; another one may be named, for instance one that was published. */
export const packageFile = process.env.DIGEST_PIN_VSIX ?? path.join(repository, "dist/digest-pin.vsix");

/** The folder of the extension that the extension host loads. */
export const extensionFolder = process.env.DIGEST_PIN_EXTENSION ?? repository;

export const INSTALL_HOST = "node --import=tsx test/editor/host/install.ts";

export function skipUnlessHostInstalled(context: Mocha.Context): void {
  const unsupported = whyUnsupported();
  if (unsupported !== undefined) skipOrFail(context, unsupported);
  if (!isInstalled()) skipOrFail(context, `the editor host is not installed: run ${INSTALL_HOST}`);
}

export function skipUnlessBuilt(context: Mocha.Context, file: string, command: string): void {
  if (!existsSync(file)) skipOrFail(context, `${path.relative(repository, file)} is not built: run ${command}`);
}

/** The path of the browser, under the name that Debian or another distribution gives it. */
export function skipUnlessBrowser(context: Mocha.Context): string {
  return findInstalled("chromium") ?? findInstalled("chromium-browser") ?? skipUnlessInstalled(context, "chromium");
}
