/**
 * What reading a document costs without a server around it: our adapters beside the parsers that they are measured
 * against, in this process, in turn. `yaml` is the parser inside our Compose adapter: the ratio is what we add to it.
 */
import { join } from "node:path";
import { DockerfileParser } from "dockerfile-ast";
import { TextDocument } from "vscode-languageserver-textdocument";
import { parseDocument } from "yaml";
import { DockerfileReader } from "../server/src/documents/dockerfile/dockerfile";
import type { Edit } from "./edits";
import type { Beside } from "./keystrokes";
import { ourBundles } from "./languageServers";

const WARM_UP = 5;
const RUNS = 20;

/** Milliseconds, of `readCompose` as it is bundled and of `yaml`'s own parse. */
export function measureComposeAdapter(text: string): Beside<readonly number[]> {
  const bundle: typeof import("../server/src/documents/compose/compose") = require(join(ourBundles, "compose.js"));
  return inTurn(
    () => bundle.readCompose(text),
    // As our adapter calls it: without the options the parser would also look for keys that stand twice.
    () => parseDocument(text, { logLevel: "silent", uniqueKeys: false, prettyErrors: false }),
  );
}

/** The same for a new `DockerfileReader` and for `dockerfile-ast`. */
export function measureDockerfileAdapter(text: string): Beside<readonly number[]> {
  return inTurn(
    () => new DockerfileReader().read(text),
    () => DockerfileParser.parse(text),
  );
}

/** The same for a reader that has read the text before each edit. */
export function measureDockerfileChange(text: string, edits: readonly Edit[]): Beside<readonly number[]> {
  const document = TextDocument.create("file:///Dockerfile", "dockerfile", 1, text);
  const reader = new DockerfileReader();
  reader.read(text);
  let run = 0;
  return inTurn(
    () => reader.read(document.getText()),
    () => DockerfileParser.parse(document.getText()),
    () => {
      const edit = edits[run % edits.length];
      run += 1;
      if (edit) TextDocument.update(document, [edit], run);
    },
  );
}

function inTurn(our: () => unknown, peer: () => unknown, before?: () => void): Beside<readonly number[]> {
  const times = { ours: [] as number[], peer: [] as number[] };
  for (let run = 0; run < WARM_UP + RUNS; run += 1) {
    before?.();
    times.ours.push(timed(our));
    times.peer.push(timed(peer));
  }
  return { ours: times.ours.slice(WARM_UP), peer: times.peer.slice(WARM_UP) };
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}
