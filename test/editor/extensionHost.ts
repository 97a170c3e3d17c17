/**
 * Runs a suite inside VS Code's extension host, where `vscode` can be imported, next to an extension that is loaded
 * from its folder. The suite is bundled first, so that the host needs no TypeScript; what it prints comes back here.
 */
import path from "node:path";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { newPage } from "./browser";
import type { CodeServer } from "./codeServer";

const repository = path.resolve(__dirname, "../..");

export interface SuiteRun {
  /** A file of `suite/`, without its extension; it exports `run(): Promise<void>`. */
  readonly suite: string;
  readonly browser: Browser;
  /** Started with `testDriver`. */
  readonly server: CodeServer;
  /** The folder with the extension's package.json. */
  readonly extension: string;
  /** The workspace. */
  readonly folder: string;
  /** Environment variables of the extension host: how a suite learns what this side knows. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface SuiteResult {
  /** 0 where every test passed. */
  readonly exitCode: number;
  /** What the suite and the extension host printed. */
  readonly output: string;
}

/** Rejects only where the suite did not come to an end. */
export async function runInExtensionHost(run: SuiteRun): Promise<SuiteResult> {
  const bundle = await bundleSuite(run.suite);
  const page = await newPage(run.browser);
  const lines: string[] = [];
  const ended = new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`the suite did not end within ${run.timeoutMs} ms:\n${lines.join("\n")}`));
    }, run.timeoutMs);
    const exit = (code: number): void => {
      clearTimeout(timer);
      resolve(code);
    };
    // VS Code calls these two functions of its page, where there are any.
    const exposed = Promise.all([
      page.exposeFunction("codeAutomationLog", (_level: string, values: unknown[]) => {
        lines.push(values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(" "));
      }),
      page.exposeFunction("codeAutomationExit", exit),
    ]);
    const { server, folder } = run;
    exposed
      .then(() =>
        page.goto(
          server.windowUrl(folder, [
            ["extensionDevelopmentPath", server.fileUri(run.extension)],
            ["extensionTestsPath", server.fileUri(bundle)],
            ["extensionEnvironment", JSON.stringify(run.env)],
          ]),
        ),
      )
      .catch(reject);
  });
  try {
    return { exitCode: await ended, output: lines.join("\n") };
  } finally {
    await page.close();
  }
}

async function bundleSuite(suite: string): Promise<string> {
  const outfile = path.join(repository, ".cache/editor", `${suite}.cjs`);
  await build({
    entryPoints: [path.join(__dirname, "suite", `${suite}.ts`)],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    sourcemap: "inline",
    external: ["vscode", "mocha"],
    logLevel: "error",
  });
  return outfile;
}
