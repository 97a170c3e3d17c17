/**
 * Keystroke to diagnostics, of our server beside a peer: both processes live at once and take turns, edit by edit, so
 * that whatever else the machine does hits both alike.
 */
import type { Edit } from "./edits";
import { type OpenedDocument, ours, RunningServer, type ServerCommand } from "./languageServers";

/** The first edits make the servers warm and are not counted. */
const WARM_UP = 12;

/** One value of ours and one of the peer's. */
export interface Beside<T> {
  readonly ours: T;
  readonly peer: T;
}

export interface Keystrokes {
  /** Milliseconds, in the order of the edits. */
  readonly times: Beside<readonly number[]>;
  /** Bytes; null where the system does not tell. */
  readonly peakMemory: Beside<number | null>;
  /** Diagnostics after the last edit. */
  readonly findings: Beside<number>;
}

export async function measureKeystrokes(
  document: OpenedDocument,
  edits: readonly Edit[],
  peerCommand: ServerCommand,
): Promise<Keystrokes> {
  const our = new RunningServer(ours, document);
  const peer = new RunningServer(peerCommand, document);
  await our.open();
  await peer.open();
  const times = { ours: [] as number[], peer: [] as number[] };
  for (const edit of edits) {
    times.ours.push(await our.type(edit));
    times.peer.push(await peer.type(edit));
  }
  const peakMemory = { ours: our.peakMemory(), peer: peer.peakMemory() };
  const findings = { ours: our.findings, peer: peer.findings };
  if (our.findings === 0 || peer.findings === 0) throw new Error("A server found nothing: it did not do its work");
  await our.stop();
  await peer.stop();
  return { times: { ours: times.ours.slice(WARM_UP), peer: times.peer.slice(WARM_UP) }, peakMemory, findings };
}

/** Milliseconds of our server alone for the edits of two documents, each in a process of its own, in turn. */
export async function measureGrowth(
  large: OpenedDocument,
  largeEdits: readonly Edit[],
  small: OpenedDocument,
  smallEdits: readonly Edit[],
): Promise<Beside<readonly number[]>> {
  const servers = { large: new RunningServer(ours, large), small: new RunningServer(ours, small) };
  await servers.large.open();
  await servers.small.open();
  const times = { ours: [] as number[], peer: [] as number[] };
  for (const [index, edit] of largeEdits.entries()) {
    times.ours.push(await servers.large.type(edit));
    const same = smallEdits[index];
    if (same !== undefined) times.peer.push(await servers.small.type(same));
  }
  await servers.large.stop();
  await servers.small.stop();
  return { ours: times.ours.slice(WARM_UP), peer: times.peer.slice(WARM_UP) };
}

/** Milliseconds from the process's start to its first diagnostics, both servers in turn, `runs` times. */
export async function measureStarts(
  document: OpenedDocument,
  peerCommand: ServerCommand,
  runs: number,
): Promise<Beside<readonly number[]>> {
  const times = { ours: [] as number[], peer: [] as number[] };
  // The first pair brings the files into the system's cache and is not counted.
  for (let run = 0; run <= runs; run += 1) {
    const our = await startTime(ours, document);
    const peer = await startTime(peerCommand, document);
    if (run === 0) continue;
    times.ours.push(our);
    times.peer.push(peer);
  }
  return times;
}

async function startTime(command: ServerCommand, document: OpenedDocument): Promise<number> {
  const start = performance.now();
  const server = new RunningServer(command, document);
  await server.open();
  const time = performance.now() - start;
  await server.stop();
  return time;
}
