/**
 * Through which proxy a host is asked: by the environment, as curl and Go read it (curl.se, "Proxy environment
 * variables"; golang.org/x/net/http/httpproxy), or by the editor's settings where the user has some. Pure. The address
 * of a proxy may hold a login: it never stands in a message.
 */
import { BlockList, isIP } from "node:net";
import { RegistryError } from "../registry";
import { isLoopback } from "./address";

/** VS Code's `http.proxy`, `http.noProxy`, `http.proxySupport` and `http.proxyAuthorization`. */
export interface EditorProxy {
  readonly proxy: string;
  readonly noProxy: readonly string[];
  readonly support: "off" | "on" | "fallback" | "override";
  /** The value of `Proxy-Authorization`; null for none. */
  readonly authorization: string | null;
}

export interface ForwardProxy {
  /** Without a login. */
  readonly url: URL;
  /** The value of `Proxy-Authorization`; null for none. */
  readonly authorization: string | null;
}

export interface Proxies {
  /**
   * Null for a host that is asked directly.
   * @throws RegistryError `unreachable` where the proxy that is configured can't be used
   */
  proxyFor(url: URL): ForwardProxy | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param environment read at each question
 * @param editor the settings at that moment; null where there is no editor, or it has none
 */
export function createProxies(environment: Environment, editor: () => EditorProxy | null): Proxies {
  return {
    proxyFor(url) {
      if (isLoopback(url)) return null;
      const settings = editor();
      if (settings?.support === "off") return null;
      if (settings !== null && settings.proxy.trim() !== "") {
        if (isExcepted(url, settings.noProxy)) return null;
        return parseProxy(settings.proxy, "The setting http.proxy", settings.authorization);
      }
      const names = url.protocol === "https:" ? ["https_proxy", "HTTPS_PROXY"] : httpNames(environment);
      const name = [...names, "all_proxy", "ALL_PROXY"].find((each) => environment[each]);
      const text = name === undefined ? undefined : environment[name];
      const exceptions = (environment.no_proxy || environment.NO_PROXY || "").split(/[\s,]+/);
      if (name === undefined || text === undefined || isExcepted(url, exceptions)) return null;
      return parseProxy(text, `The variable ${name}`, null);
    },
  };
}

/** In a CGI program whoever asks may set `HTTP_PROXY` (httpoxy.org). */
function httpNames({ REQUEST_METHOD }: Environment): readonly string[] {
  return REQUEST_METHOD ? ["http_proxy"] : ["http_proxy", "HTTP_PROXY"];
}

/**
 * @param named where it stands
 * @param authorization what the proxy gets where its URL holds no login
 */
function parseProxy(text: string, named: string, authorization: string | null): ForwardProxy {
  const written = text.trim();
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`;
  if (!URL.canParse(whole)) throw new RegistryError("unreachable", `${named} is no URL of a proxy: http://HOST:PORT`);
  const url = new URL(whole);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    const message = `${named} names a proxy of a kind that is not supported: use one that is reached by http or https.`;
    throw new RegistryError("unreachable", message);
  }
  const { origin, username, password } = url;
  if (username === "" && password === "") return { url: new URL(origin), authorization };
  // RFC 7617, section 2.
  const login = Buffer.from(`${decoded(username)}:${decoded(password)}`, "utf8").toString("base64");
  return { url: new URL(origin), authorization: `Basic ${login}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `*`, a host and all below it, an address or a block of addresses, each with or without a port. */
function isExcepted(url: URL, exceptions: readonly string[]): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return exceptions.some((written) => {
    const exception = written.trim().toLowerCase();
    if (exception === "*") return true;
    if (isInBlock(host, exception)) return true;
    const [, name = "", only] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(exception) ?? [];
    if (name === "" || (only !== undefined && only !== port)) return false;
    const bare = name.replace(/^\[|\]$/g, "").replace(/^\*?\./, "");
    if (bare === "") return false;
    if (isIP(host) !== 0 || isIP(bare) !== 0) return sameAddress(host, bare);
    return host === bare || host.endsWith(`.${bare}`);
  });
}

function isInBlock(host: string, exception: string): boolean {
  const [network = "", prefix = ""] = exception.split("/");
  const version = isIP(network);
  if (version === 0 || !/^\d{1,3}$/.test(prefix) || isIP(host) !== version) return false;
  if (Number(prefix) > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  const block = new BlockList();
  block.addSubnet(network, Number(prefix), family);
  return block.check(host, family);
}

function sameAddress(one: string, other: string): boolean {
  return isIP(one) !== 0 && isIP(one) === isIP(other) && canonical(one) === canonical(other);
}

function canonical(address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address}]`).hostname : address;
}
