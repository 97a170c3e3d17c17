/** Composition that both programs share: the schemes of signatures, on this machine's clock, files and network. */
import { join } from "node:path";
import type { LocalRegistry } from "./localRegistry";
import type { Reference } from "./reference/reference";
import { folderOf } from "./standardFolders";
import { recognizedSchemes } from "./trust/besideImage";
import { readContentTrust } from "./trust/contentTrust";
import { gunOf } from "./trust/notary/gun";
import { createNotaryScheme } from "./trust/notary/notaryScheme";
import { createTrustStore } from "./trust/notary/store";
import type { SignatureScheme } from "./trust/scheme";
import type { Scheme } from "./trust/verdict";

export interface LocalTrust {
  readonly schemes: Readonly<Record<Scheme, SignatureScheme>>;
  /** By the user's word: the root of the reference's repository is trusted on first use once more. */
  forgetRoot(reference: Reference): Promise<void>;
}

export function createLocalTrust(local: LocalRegistry): LocalTrust {
  const { registry, machine } = local;
  const store = createTrustStore(join(folderOf("data"), "notary"));
  const contentTrust = readContentTrust(machine.environment);
  const now = () => performance.now();
  return {
    schemes: {
      notary: createNotaryScheme({ ...local, now, clock: () => new Date(), store, contentTrust }),
      ...recognizedSchemes(registry),
    },
    forgetRoot: (reference) => store.forget(gunOf(reference)),
  };
}
