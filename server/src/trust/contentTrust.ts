/**
 * Docker's environment variables of Content Trust, read as the Docker client reads them (github.com/docker/cli,
 * `trust.go`, `Enabled` and `Server`).
 */

export interface ContentTrust {
  /** `DOCKER_CONTENT_TRUST`: signatures are required. */
  readonly isRequired: boolean;
  /** `DOCKER_CONTENT_TRUST_SERVER`; null where it is not set, `invalid` where it is no https URL. */
  readonly server: URL | "invalid" | null;
}

/** What Go's `strconv.ParseBool` takes for false; whatever it can't parse is on. */
const falseValues: ReadonlySet<string> = new Set(["", "0", "f", "F", "FALSE", "false", "False"]);

export function readContentTrust(environment: Readonly<Record<string, string | undefined>>): ContentTrust {
  return {
    isRequired: !falseValues.has(environment.DOCKER_CONTENT_TRUST ?? ""),
    server: readServer(environment.DOCKER_CONTENT_TRUST_SERVER ?? ""),
  };
}

function readServer(text: string): ContentTrust["server"] {
  if (text === "") return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  return url?.protocol === "https:" ? url : "invalid";
}
