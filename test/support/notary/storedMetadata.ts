/** Looks into the metadata that our store holds of a GUN, as a test of real programs needs it: which keys there are. */
import type { Gun } from "../../../server/src/trust/notary/gun";
import type { TrustStore } from "../../../server/src/trust/notary/store";
import type { Body, RootBody, SignedFile, TargetsBody } from "./metadata";

/** The signed part of a role's metadata. */
export async function storedBody<SignedBody extends Body>(
  store: TrustStore,
  gun: Gun,
  role: string,
): Promise<SignedBody> {
  const stored = await store.read(gun);
  const bytes = stored === null || stored === "forgotten" ? undefined : stored.files.get(role);
  if (bytes === undefined) throw new Error(`no ${role} of ${gun} is stored`);
  return (JSON.parse(String(bytes)) as SignedFile<SignedBody>).signed;
}

/** The type of each role's first key. */
export async function keyTypesIn(store: TrustStore, gun: Gun): Promise<Record<string, string>> {
  const root = await storedBody<RootBody>(store, gun, "root");
  const { delegations } = await storedBody<TargetsBody>(store, gun, "targets");
  const keys = { ...root.keys, ...delegations.keys };
  const roles = [...Object.entries(root.roles), ...delegations.roles.map((role) => [role.name, role] as const)];
  return Object.fromEntries(roles.map(([name, { keyids }]) => [name, keys[keyids[0] ?? ""]?.keytype ?? "none"]));
}
