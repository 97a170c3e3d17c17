/**
 * Checks that have no form of their own: a part of a condition, a filter, a limit. `find` stands in its file exactly
 * once, so that an entry whose check was rewritten is noticed.
 */

export interface ListedMutant {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly why: string;
}

const notary = (name: string) => `server/src/trust/notary/${name}.ts`;
type Row = readonly [find: string, replace: string, why: string];

const rows: readonly (readonly [file: string, ...Row[]])[] = [
  [
    notary("strictJson"),
    ["fatal: true", "fatal: false", "broken UTF-8"],
    ["ignoreBOM: true", "ignoreBOM: false", "a byte order mark"],
    ['last.includes("\\\\") ? String(JSON.parse(last)) : last.slice(1, -1)', "last.slice(1, -1)", "escaped keys"],
    ["const MAX_DEPTH = 20;", "const MAX_DEPTH = 1e9;", "depth"],
  ],
  [
    notary("canonicalJson"),
    [".sort(([a], [b]) => byCodePoints(a, b))", "", "the order of keys"],
    ["surrogate.test(a) || surrogate.test(b)", "false", "the order of surrogates"],
    ['text.replace(/["\\\\]/g, "\\\\$&")', "text", "escapes"],
  ],
  [
    notary("keys"),
    ["keyIdForm.test(text)", "true", "the form of ids"],
    ["saltLength: 32", "saltLength: constants.RSA_PSS_SALTLEN_AUTO", "the salt"],
    ["const MIN_RSA_BITS = 2048;", "const MIN_RSA_BITS = 1024;", "weak RSA"],
    ['"secp521r1"]', '"secp521r1", "secp256k1"]', "other curves"],
    ['"secp521r1"]);', '"secp521r1", "secp224r1"]);', "weak curves"],
  ],
  [
    notary("signatures"),
    ["signatures.slice(0, MAX_SIGNATURES)", "signatures", "how many are tried"],
    [" || !isSignedBy(key, signature, message)", "", "the signature"],
    ["keyMaterialOf(key) ?? key.id", "String(signers.size)", "a signature counted twice"],
    ["keyMaterialOf(key) ?? key.id", "key.id", "a key of two ids counted twice"],
  ],
  [
    notary("certificates"),
    [" || leaf.ca ||", " ||", "an authority as leaf"],
    [" || intermediates.length > MAX_INTERMEDIATES", "", "how many come along"],
    ["intermediates.every(({ ca }) => ca)", "true", "two leaves"],
    ['blocks.some(({ label }) => label !== "CERTIFICATE")', "false", "other blocks"],
    ['gun.startsWith(name.replace(/\\*+$/, ""))', "true", "the prefix"],
    [": name === gun", ": true", "the common name"],
    ['typeof name === "string" ? name : null', "([name].flat()[0] as string) ?? null", "two common names"],
    ["return isSoundCertificate(leaf);", "return true;", "a sound leaf"],
    ["return isCertificateInForce(leaf, now);", "return true;", "a leaf in force"],
    ["certificate.ca && isSoundCertificate(certificate) &&", "isSoundCertificate(certificate) &&", "an issuer's right"],
    ["certificate.ca && isSoundCertificate(certificate) &&", "certificate.ca &&", "a sound issuer"],
    [" && isCertificateInForce(certificate, now);", ";", "an issuer in force"],
    ["authorities.filter(usable)", "authorities", "usable anchors"],
    ["intermediates.filter(usable)", "intermediates", "usable intermediates"],
    ["length <= MAX_CHAIN", "length <= 99", "the length of the chain"],
    ["certificate.issuer === issuer.subject && ", "", "the issuer's name"],
    ["certificate.verify(issuer.publicKey)", "true", "the issuer's signature"],
    ["!(startOf(certificate) <= endOf(certificate)) || ", "", "dates that are none"],
    [" || isBrokenlySigned(certificate)", "", "SHA-1"],
    ['asymmetricKeyType !== "rsa" || ', 'asymmetricKeyType !== "" || ', "weak RSA"],
    ["startOf(certificate).getTime() <= now.getTime() + CLOCK_LEEWAY_MS && ", "", "the beginning"],
    [" && now <= endOf(certificate)", "", "the end"],
    ["const CLOCK_LEEWAY_MS = 24 *", "const CLOCK_LEEWAY_MS = 20 *", "less leeway"],
    ["const CLOCK_LEEWAY_MS = 24 *", "const CLOCK_LEEWAY_MS = 30 *", "more leeway"],
  ],
  [
    notary("rootVerifier"),
    [" || !speaksFor(certificate, gun)", "", "the GUN"],
    [" || !isSound(certificate)", "", "sound certificates"],
    ["speaking.filter(({ certificate }) => isInForce(certificate, now))", "speaking", "certificates in force"],
    ["inForce.filter((key) => isPinned(key, pins, now))", "inForce", "pins"],
    ["return descendsFrom(certificate, pins.certificates, now);", "return true;", "a pinned authority"],
    ["return pins.ids.includes(id) || ", "return ", "a pinned id"],
    ["canonical !== null && pins.ids.includes(canonical)", "false", "a pinned id without its certificate"],
    [
      "requireThreshold(root, roleWith(root, pinned));",
      "requireThreshold(root, roleWith(root, inForce));",
      "the pinned sign",
    ],
    [
      "requireThreshold(root, roleWith(root, pinned));",
      "requireThreshold(root, roleWith(root, speaking));",
      "the current sign",
    ],
    ["threshold: roles.root.threshold", "threshold: 1", "the threshold"],
    ["signersOf(root, role).length >= role.threshold", "true", "the previous root's word"],
    ["roleWith(previous, rootKeysOf(previous, gun))", "roleWith(root, rootKeysOf(root, gun))", "the previous keys"],
  ],
  [
    notary("rootChain"),
    ["version < newest.version; version++", "version < 0; version++", "every version on the way"],
    ["const MAX_ROTATIONS = 500;", "const MAX_ROTATIONS = 5000;", "how far"],
    ["bytes.equals(known.bytes)", "false", "the same root"],
    ["known.keyIds.has(id)", "false", "an older root"],
  ],
  [
    notary("roleVerifier"),
    ['return sha512 === null || createHash("sha512")', 'return true || createHash("sha512")', "the second hash"],
    ["root.roles.timestamp, circumstances", "root.roles.snapshot, circumstances", "the timestamp's keys"],
    ["root.roles.snapshot, circumstances", "root.roles.timestamp, circumstances", "the snapshot's keys"],
    ["root.roles.targets, circumstances", "root.roles.snapshot, circumstances", "the targets' keys"],
  ],
  [
    notary("metadata/signed"),
    ["!timeForm.test(text) || ", "", "the form of dates"],
    [" || Number.isNaN(date.getTime())", "", "dates that are none"],
    ['typeof length !== "number" || length < 0', 'typeof length !== "number"', "lengths below nothing"],
    ['stringIn(signature.get("method"), step).toLowerCase()', 'stringIn(signature.get("method"), step)', "capitals"],
  ],
  [
    notary("metadata/targets"),
    ["name.length <= MAX_ROLE_LENGTH && ", "", "long names"],
    ["roleForm.test(name) && ", "", "the form of names"],
    [' && name.slice(0, name.lastIndexOf("/")) === parent', "", "grandchildren"],
  ],
  [
    notary("update"),
    [' || error.code === "trust-data-removed"', "", "what ends at once"],
    ["reason instanceof RegistryError ? error : reason", "reason", "a root that is held back"],
    [" || !networkCodes.has(error.code)", "", "what counts as no answer"],
    ["now <= expires ? bytes : null", "bytes", "a stored timestamp that has expired"],
    [
      "delegation.paths.filter((path) => parent.paths.some((prefix) => path.startsWith(prefix)))",
      "delegation.paths",
      "the parent's reach",
    ],
    ["known !== undefined && isFile(known, meta)", "known !== undefined", "a stored file that is another"],
    ["floor: readStored(`${role} of ${gun}`, () => versionOf(known, role))", "floor: 0", "the floor"],
    ['(error.code === "expired" || error.code === "threshold-not-met")', "true", "what leaves a delegation out"],
    ["this.leaveOutUnlisted(delegation.name);", "", "what is no longer listed"],
    ["[bytes, ...this.keepStored(name)]", "[bytes]", "the floor of what is left out"],
    ["this.delegations += listed.length;", "", "how many"],
    ["const MAX_METADATA = 16 *", "const MAX_METADATA = 2 ** 30 *", "how large"],
    [" || this.size > MAX_ALL_METADATA", "", "how large all of it"],
    ["const MAX_TIMESTAMP = 1024 *", "const MAX_TIMESTAMP = 2048 *", "how large a timestamp"],
    ["this.isFromStore = true;", "", "what is told of the store"],
  ],
  [
    notary("target"),
    [
      "decidingRoles.flatMap((name) => roles.find((role) => role.name === name) ?? [])",
      "[...roles].reverse()",
      "who decides",
    ],
    ['[RELEASES, "targets"]', '["targets", RELEASES]', "releases first"],
    [" && paths.some((path) => tag.startsWith(path))", "", "paths"],
    ["tagForm.test(tag) && ", "", "names of tags"],
    ["find((each) => hasSay(each, tag))", "find((each) => targetIn(each, tag))", "no digest is no leave to go on"],
    ["meta !== null && digestOf(meta) === digest;", "meta !== null;", "who agrees"],
    ["sha512 !== null && digest === `sha512:${sha512}`", "true", "the content"],
    ["name === RELEASES)?.tags", "false)?.tags", "skipped releases"],
    ["own === null || meta === null || digestOf(meta) !== own.digest", "own === null", "another digest"],
    ["decidingRoles.includes(other.name)", "false", "who is shown"],
  ],
  [
    notary("store"),
    ["state.format === FORMAT && ", "", "the format"],
    ["state.gun === gun && ", "", "the GUN"],
    [" && isOrigin &&", " &&", "the origin"],
    [" && !Number.isNaN(firstSeen.getTime())", "", "the date"],
    ["byNumbers(b.numbers, a.numbers)", "byNumbers(a.numbers, b.numbers)", "the newest"],
    ["(a[index] ?? 0) - (b[index] ?? 0)", "String(a[index]) < String(b[index]) ? -1 : 1", "numbers, not texts"],
    ['names.includes(FORGOTTEN) ? "forgotten" : null', "null", "what was forgotten"],
    [" && other !== newest)", ")", "the newest stays"],
  ],
  [
    notary("notaryScheme"),
    ["server, terms?.pins != null)", "server, true)", "who is named"],
    ['pins !== null ? "pinned"', 'trust.origin === "pinned" ? "pinned"', "pins of before"],
    ["repository.isFromStore ? (stored?.checkedAt ?? now) : now", "now", "since when"],
  ],
  [
    notary("notaryAnswer"),
    ["reference.digest === null || isContentOf(own, reference.digest)", "true", "the digest"],
    ["isContentOf(target, digest))", "true)", "the digest for another tag"],
    ["digest: reference.digest ?? target.digest", "digest: target.digest", "the digest that is told"],
    ["tag === null ? [] : others.map((target) => target.tag)", "[]", "for which other tags"],
    ["tag !== null && isContradicted(repository, tag, own)", "false", "skipped releases"],
    ["server.href === DOCKER_HUB_SERVER && endCodes", "endCodes", "whose end it is"],
    ["[note, problem].flatMap((each) => each ?? [])", "[]", "what is said beside the answer"],
  ],
  [
    notary("trustedRepository"),
    ["...roles.map(({ metadata }) => metadata)", "", "when delegations end"],
    ["Math.min(certificates, ...expiries", "Math.min(...expiries", "when certificates end"],
  ],
  [
    notary("trustServer"),
    ["bodyLimit: Math.max(limit, MIN_BODY_LIMIT)", "bodyLimit: Number.MAX_SAFE_INTEGER", "endless data"],
  ],
  [
    "server/src/trust/combine.ts",
    ["return isNamed ? {", "return true ? {", "who is named"],
    ["isCalledFor && isFailure(verdict)", "isFailure(verdict)", "who may turn a good image red"],
    ["({ verdict, isCalledFor }) => isCalledFor && isFailure(verdict)", "() => false", "what was called for"],
    [
      'const unchecked = verdicts.find(({ verdict }) => verdict.kind === "unavailable");',
      "const unchecked = verdicts.find(() => false);",
      "unknown is never unsigned",
    ],
    [
      'verdict: withoutPolicy(decidedBy(scheme, answer, "user"))',
      'verdict: decidedBy(scheme, answer, "user")',
      "nobody named it",
    ],
  ],
  [
    "server/src/trust/verdict.ts",
    ['return verdict.vouchedBy !== "repository";', "return true;", "who vouches"],
    ['requirement === "docker" && ', "", "whose requirement"],
    [" && verdict.root !== null", "", "first use of a root"],
    ['verdict.kind === "signed-by-unknown" &&', "true &&", "nothing else will do"],
  ],
  [
    "server/src/trust/contentTrust.ts",
    ["!falseValues.has(", "falseValues.has(", "what is required"],
    ['url?.protocol === "https:" ? url : "invalid"', 'url ?? "invalid"', "https"],
  ],
];

export const listedMutants: readonly ListedMutant[] = rows.flatMap(([file, ...own]) =>
  own.map(([find, replace, why]) => ({ file, find, replace, why })),
);
