/**
 * Where a registry may lead a request by a redirect or by the realm of a challenge. The registry chooses those URLs, so
 * they must not reach into this computer or its network, drop TLS, or bring credentials of their own. Only what the URL
 * itself says is judged: names are not resolved here.
 */
import { BlockList, isIP } from "node:net";
import { shownHost } from "../failures";
import { RegistryError } from "../registry";

const loopback = blockList("127.0.0.0/8", "::1/128");
/** RFC 1918, RFC 6598, RFC 4193. */
const privateNetworks = blockList("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7");
/** RFC 6890: this host, link-local (cloud metadata lives there), protocol assignments, benchmarks, multicast, reserved. */
const special = blockList(
  "0.0.0.0/8",
  "169.254.0.0/16",
  "192.0.0.0/24",
  "198.18.0.0/15",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/128",
  "64:ff9b::/96",
  "fe80::/10",
  "ff00::/8",
);

type AddressKind = "loopback" | "private" | "special" | "public";

/** Loopback by name or by address. Names below `localhost` are not: some resolvers ask the network for them. */
export function isLoopback(url: URL): boolean {
  return kindOf(url) === "loopback";
}

/**
 * Checks a URL that the server at `from` named.
 * @param link how the sentence names it: "redirected to", "named a token server at"
 * @throws RegistryError `refused-address`
 */
export function requireSafeLink(from: URL, to: URL, link: string): void {
  const refuse = (reason: string) =>
    new RegistryError("refused-address", `${shownHost(from)} ${link} ${shownHost(to)}, which is refused: ${reason}.`);
  const isSecure = to.protocol === "https:" || (to.protocol === "http:" && isLoopback(to));
  if (!isSecure) throw refuse("it is not https");
  if (to.username !== "" || to.password !== "") throw refuse("the address carries credentials");
  if (!mayLead(from, to)) throw refuse("the address is not a public one");
}

function mayLead(from: URL, to: URL): boolean {
  if (from.hostname === to.hostname) return true;
  switch (kindOf(to)) {
    case "public":
      return true;
    case "loopback":
      return kindOf(from) === "loopback";
    case "private":
      return kindOf(from) === "loopback" || kindOf(from) === "private";
    case "special":
      return false;
  }
}

/** Of the parsed URL's host: the parser has already turned `0x7f.1` and `2130706433` into `127.0.0.1`. */
function kindOf({ hostname }: URL): AddressKind {
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.+$/, "");
  const version = isIP(host);
  if (host === "localhost") return "loopback";
  if (version === 0) return host.endsWith(".localhost") ? "special" : "public";
  const family = version === 4 ? "ipv4" : "ipv6";
  if (loopback.check(host, family)) return "loopback";
  if (privateNetworks.check(host, family)) return "private";
  return special.check(host, family) ? "special" : "public";
}

function blockList(...networks: readonly `${string}/${number}`[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    list.addSubnet(address, Number(prefix), isIP(address) === 4 ? "ipv4" : "ipv6");
  }
  return list;
}
