/** Which adapter reads a document: decided by its language in the editor, and by the file's name. Pure. */

export type DocumentFormat = "dockerfile" | "compose";

/** File name patterns (glob, any folder): what the command looks for in a folder. */
export const fileNamePatterns: readonly string[] = [
  "Dockerfile",
  "Dockerfile.*",
  "*.Dockerfile",
  "*.dockerfile",
  "Containerfile",
  "Containerfile.*",
  "*.Containerfile",
  "*.containerfile",
  "{compose,docker-compose}.{yaml,yml,json}",
  "{compose,docker-compose}[.-]*.{yaml,yml,json}",
];

/** What Compose takes for a project's first file, in the order of precedence (compose-go, `cli.DefaultFileNames`). */
export const baseComposeNames: readonly string[] = [
  "compose.yaml",
  "compose.yml",
  "docker-compose.yml",
  "docker-compose.yaml",
];

const dockerfileName = /^(?:(?:Docker|Container)file(?:\..+)?|.+\.(?:[Dd]ocker|[Cc]ontainer)file)$/;
const composeName = /^(?:docker-)?compose(?:[.-].*)?\.(?:ya?ml|json)$/;
const dockerignoreName = /\.dockerignore$/;

/** The format that a file's name tells; null where it tells none. `path` has "/" or "\" between its parts. */
export function formatOfPath(path: string): DocumentFormat | null {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  if (dockerignoreName.test(name)) return null;
  if (dockerfileName.test(name)) return "dockerfile";
  return composeName.test(name) ? "compose" : null;
}

/** The format of an editor's document: its language where that is one of ours, else its name. */
export function formatOfDocument(languageId: string, path: string): DocumentFormat | null {
  if (languageId === "dockerfile") return "dockerfile";
  if (languageId === "dockercompose" || languageId === "yaml.docker-compose") return "compose";
  return formatOfPath(path);
}
