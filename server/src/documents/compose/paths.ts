/** File paths as they stand in Compose files, made absolute (compose-go, `paths/resolve.go`). Pure: no link is followed. */
import type { FilePath } from "../surroundings";

const drive = /^[A-Za-z]:(?=[\\/])/;

export function folderOf(path: FilePath): FilePath {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

export function nameOf(path: FilePath): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function inFolder(folder: FilePath, name: string): FilePath {
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

/** `path` as seen from `folder`; null where there is no folder, or nothing that names a file. */
export function resolvePath(folder: FilePath | null, path: string): FilePath | null {
  if (folder === null || path === "" || path.includes("\0")) return null;
  const isAbsolute = path.startsWith("/") || drive.test(path);
  return normalized(isAbsolute ? path : `${folder}/${path}`);
}

/** A build context that is no folder here: a URL, a Git reference, another service (compose-go, `paths/context.go`). */
export function isRemoteContext(context: string): boolean {
  return context.includes("://") || /^(?:service:|github\.com\/|git@)/.test(context);
}

/**
 * What the loaders of Docker Compose fetch from elsewhere (docker/compose, `pkg/remote`: "oci://", and what BuildKit's
 * `gitutil.ParseGitRef` takes), and every other URL, which nobody can read as a file.
 */
export function isRemoteFile(path: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(path) || /^github\.com\/|^[\w-]+@[\w.-]+:/.test(path);
}

function normalized(path: string): FilePath {
  const root = drive.exec(path)?.[0] ?? "";
  const parts: string[] = [];
  for (const part of path.slice(root.length).split(root === "" ? "/" : /[\\/]/)) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `${root}/${parts.join("/")}`;
}
