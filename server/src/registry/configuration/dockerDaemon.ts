/**
 * Reads the text of Docker's `daemon.json` (docs.docker.com, "dockerd", "Daemon configuration file"): the mirrors of
 * Docker Hub and the insecure registries. Pure and forgiving: an entry that Docker would refuse is left out, and no text
 * makes it throw.
 */
import { DOCKER_HUB } from "../../reference/reference";
import { parseObject } from "../jsonObject";
import { type InsecureRegistries, parseInsecureRegistries } from "./insecureRegistries";
import { type Mirror, parseMirror } from "./location";

export interface DockerDaemon {
  /** Of Docker Hub; Docker knows none of others. */
  readonly mirrors: readonly Mirror[];
  readonly insecure: InsecureRegistries;
}

/** @returns null where `text` is not a JSON object */
export function parseDockerDaemon(text: string): DockerDaemon | null {
  const configuration = parseObject(Buffer.from(text));
  if (configuration === null) return null;
  const mirrors = configuration.get("registry-mirrors");
  const { hosts, blocks } = parseInsecureRegistries(configuration.get("insecure-registries"));
  return {
    mirrors: (Array.isArray(mirrors) ? mirrors : []).flatMap((written) => {
      const mirror = parseMirror(written);
      return mirror === null || mirror.location.includes("/") ? [] : [mirror];
    }),
    // Docker asks Docker Hub securely, whatever the file says.
    insecure: { hosts: new Set([...hosts].filter((host) => host !== DOCKER_HUB)), blocks },
  };
}
