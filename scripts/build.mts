/**
 * Builds the bundles: `client/dist/extension.js` for VS Code, and in `server/dist/` the language server `main.js`, the
 * command `cli.js`, with what both load only when it is needed: `compose.js` (the YAML reader), `policy.js` (the same
 * for the user's policy), `online.js` (registries and signatures) and `axios.js`. `--watch` rebuilds on change.
 */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type BuildOptions, build, context, type Plugin } from "esbuild";

/**
 * Modules that are loaded while running: each is a bundle of its own beside the one that loads it. Classes must not be
 * shared across such a seam: each bundle has its own copy.
 */
const loadedLater = new Map([
  [resolve("server/src/main"), "./main.js"],
  [resolve("server/src/documents/compose/compose"), "./compose.js"],
  [resolve("server/src/trust/policy/policyFile"), "./policy.js"],
  [resolve("server/src/online"), "./online.js"],
  ["axios", "./axios.js"],
]);

const splitting: Plugin = {
  name: "splitting",
  setup({ onResolve }) {
    onResolve({ filter: /^(?:\.|axios$)/ }, ({ kind, path, resolveDir }) => {
      const bundle = loadedLater.get(path.startsWith(".") ? resolve(resolveDir, path) : path);
      const isLater = kind === "dynamic-import" || kind === "require-call";
      return isLater && bundle !== undefined ? { path: bundle, external: true } : undefined;
    });
  },
};

const common: BuildOptions = {
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "cjs",
  minify: true,
  sourcemap: "linked",
  legalComments: "linked",
  // The protocol's library and dockerfile-ast would each bring a copy of their own.
  // Loaded as what they are: by way of `import()` each would first be searched for its exports.
  supported: { "dynamic-import": false },
  alias: { "vscode-languageserver-types": resolve("node_modules/vscode-languageserver-types") },
  logLevel: "warning",
  plugins: [splitting],
};

const bundles: readonly BuildOptions[] = [
  {
    ...common,
    entryPoints: ["client/src/extension.ts"],
    outfile: "client/dist/extension.js",
    external: ["vscode"],
  },
  {
    ...common,
    entryPoints: {
      main: "server/src/main.ts",
      compose: "server/src/documents/compose/compose.ts",
      policy: "server/src/trust/policy/policyFile.ts",
      online: "server/src/online.ts",
      axios: "axios",
    },
    outdir: "server/dist",
  },
  {
    ...common,
    entryPoints: { cli: "server/src/cli.ts" },
    outdir: "server/dist",
    banner: { js: "#!/usr/bin/env node" },
  },
];

/** Bytes that a start-up may load, by bundle. */
const limits: Readonly<Record<string, number>> = { "server/dist/main.js": 450_000 };

if (process.argv.includes("--watch")) {
  for (const options of bundles) await (await context({ ...options, logLevel: "info" })).watch();
} else {
  await Promise.all(bundles.map((options) => build(options)));
  for (const file of [
    "client/dist/extension.js",
    "server/dist/main.js",
    "server/dist/cli.js",
    "server/dist/compose.js",
    "server/dist/policy.js",
    "server/dist/online.js",
    "server/dist/axios.js",
  ]) {
    const { size } = statSync(file);
    const limit = limits[file];
    console.log(`${file}  ${(size / 1000).toFixed(0)} kB`);
    if (limit !== undefined && size > limit) {
      console.error(`${file} is over its limit of ${limit / 1000} kB.`);
      process.exitCode = 1;
    }
  }
}
