/**
 * Where a registry may lead a request by a redirect or by the realm of a challenge. The registry chooses those URLs, so
 * they must not reach into this computer or its network, drop TLS, or bring credentials of their own. What the URL itself
 * says is judged first, and what its name stands for once more when the connection is made.
 */
import { BlockList, isIP } from "node:net";
import { shownHost } from "../failures";
import { RegistryError } from "../registry";

const loopback = blockList("127.0.0.0/8", "::1/128");
/** RFC 1918, RFC 6598, RFC 4193. */
const privateNetworks = blockList("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7");
/**
 * RFC 6890 and the registries that it opened (iana.org, "Special-Purpose Address Registry" of IPv4 and IPv6): this host,
 * link-local (cloud metadata lives there), protocol assignments with Teredo, documentation, 6to4 relays, benchmarks,
 * multicast, reserved, local translation, discard-only, segment routing, site-local.
 */
const special = blockList(
  "0.0.0.0/8",
  "169.254.0.0/16",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/128",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "3fff::/20",
  "5f00::/16",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
);
/** Where an IPv6 address carries an IPv4 one (RFC 4291, RFC 6052, RFC 3056): at which of its eight groups. */
const embeddings: readonly (readonly [BlockList, number])[] = [
  [blockList("::/96"), 6],
  [blockList("::ffff:0:0/96"), 6],
  [blockList("64:ff9b::/96"), 6],
  [blockList("2002::/16"), 1],
];

type AddressKind = "loopback" | "private" | "special" | "public";

/** Who named an address. */
export interface LinkSource {
  readonly url: URL;
  /** The IP address of the server that answered there; null where that is not known. */
  readonly address: string | null;
}

/** Loopback by name or by address. Names below `localhost` are not: some resolvers ask the network for them. */
export function isLoopback(url: URL): boolean {
  return kindOf(url) === "loopback";
}

/**
 * Checks a URL that a server named.
 * @param link how the sentence names it: "redirected to", "named a token server at"
 * @throws RegistryError `refused-address`
 */
export function requireSafeLink(from: LinkSource, to: URL, link: string): void {
  const refuse = (reason: string) => refusedLink(from.url, `${link} ${shownHost(to)}`, reason);
  // Where the registry itself speaks no TLS, its own host need not, and on this computer nothing has to.
  const isWithoutTls = to.protocol === "http:" && (isLoopback(to) || isSameHostWithoutTls(from.url, to));
  if (to.protocol !== "https:" && !isWithoutTls) throw refuse("it is not https");
  if (to.username !== "" || to.password !== "") throw refuse("the address carries credentials");
  if (from.url.hostname !== to.hostname && !mayLead(kindOfSource(from), kindOf(to))) throw refuse(NOT_PUBLIC);
}

/** How deep in the network a link may lead; the same for many links. */
export interface Reach {
  readonly source: AddressKind;
  /** The link stays at the host that named it. */
  readonly isSameHost: boolean;
}

export function reachOf(from: LinkSource, to: URL): Reach {
  return { source: kindOfSource(from), isSameHost: from.url.hostname === to.hostname };
}

/** @param address IP address that the host turned out to have */
export function isWithinReach({ source, isSameHost }: Reach, address: string): boolean {
  const kind = kindOfAddress(address);
  return mayLead(source, kind) || (isSameHost && source === kind);
}

/**
 * Judges an address that the URL itself names: nobody looks that up. A name passes.
 * @throws RegistryError `refused-address`
 */
export function requireAddressWithinReach(from: LinkSource, to: URL): void {
  const host = to.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && !isWithinReach(reachOf(from, to), host)) throw outOfReach(from.url, to);
}

/** The host that a server led to turned out to lie where it must not lead. */
export function outOfReach(from: URL, to: URL): RegistryError {
  return refusedLink(from, `led to ${shownHost(to)}`, NOT_PUBLIC);
}

export function refusedLink(from: URL, link: string, reason: string): RegistryError {
  return new RegistryError("refused-address", `${shownHost(from)} ${link}, which is refused: ${reason}.`);
}

const NOT_PUBLIC = "the address is not a public one";

function isSameHostWithoutTls(from: URL, to: URL): boolean {
  return from.protocol === "http:" && from.hostname === to.hostname;
}

function mayLead(from: AddressKind, to: AddressKind): boolean {
  switch (to) {
    case "public":
      return true;
    case "loopback":
      return from === "loopback";
    case "private":
      return from === "loopback" || from === "private";
    case "special":
      return false;
  }
}

function kindOfSource({ url, address }: LinkSource): AddressKind {
  return address === null ? kindOf(url) : kindOfAddress(address);
}

/** Of the parsed URL's host: the parser has already turned `0x7f.1` and `2130706433` into `127.0.0.1`. */
function kindOf({ hostname }: URL): AddressKind {
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.+$/, "");
  if (host === "localhost") return "loopback";
  if (isIP(host) === 0) return host.endsWith(".localhost") ? "special" : "public";
  return kindOfAddress(host);
}

/** @param address an IP address; a zone (`%eth0`) says nothing of its kind */
function kindOfAddress(address: string): AddressKind {
  const [host = ""] = address.split("%");
  const family = isIP(host) === 6 ? "ipv6" : "ipv4";
  if (loopback.check(host, family)) return "loopback";
  const embedded = family === "ipv6" ? embeddedAddress(host) : null;
  if (embedded !== null) return kindOfAddress(embedded);
  if (privateNetworks.check(host, family)) return "private";
  return special.check(host, family) ? "special" : "public";
}

/** The IPv4 address that an IPv6 address stands for; null where it stands for none. */
function embeddedAddress(host: string): string | null {
  const at = embeddings.find(([networks]) => networks.check(host, "ipv6"))?.[1];
  if (at === undefined) return null;
  // The URL parser writes every address in the same way, without dots.
  const [head = "", tail] = new URL(`http://[${host}]`).hostname.slice(1, -1).split("::");
  const before = head.split(":").filter((group) => group !== "");
  const after = (tail ?? "").split(":").filter((group) => group !== "");
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
  const bytes = groups.slice(at, at + 2).flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
  return bytes.join(".");
}

function blockList(...networks: readonly `${string}/${number}`[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    list.addSubnet(address, Number(prefix), isIP(address) === 4 ? "ipv4" : "ipv6");
  }
  return list;
}
