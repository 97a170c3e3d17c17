/** What a user downloads and what a start reads: the sizes of what was built last. */
import { existsSync, statSync } from "node:fs";
import type { Row } from "./table";

const files: readonly { path: string; name: string; limit?: number }[] = [
  { path: "server/dist/main.js", name: "server, loaded at start", limit: 450 },
  { path: "server/dist/compose.js", name: "server, with the first Compose file" },
  { path: "server/dist/axios.js", name: "server, with the first request" },
  { path: "client/dist/extension.js", name: "VS Code client" },
  { path: "dist/digest-pin.vsix", name: ".vsix", limit: 1500 },
];

export function sizeRows(): Row[] {
  return files.map(({ path, name, limit }) => {
    const target = limit === undefined ? {} : { target: { limit } };
    const row = { name: `size: ${name}`, unit: "kB" as const, ...target };
    if (existsSync(path)) return { ...row, ours: statSync(path).size / 1000 };
    return { ...row, ours: null, note: path.endsWith(".vsix") ? "not packaged" : "not built" };
  });
}
