/** What a user asks for by a command: look now, whatever host it is, and forget a root that was stored. */
import type { Connection } from "vscode-languageserver";
import { halvesOf } from "../facts/knowledge";
import { familiarRepository, type Reference } from "../reference/reference";
import type { Network } from "./network";
import type { LookedUp } from "./openDocuments";

export interface UserQuestionPorts {
  readonly forgetRoot: (reference: Reference) => Promise<void>;
}

export class UserQuestions {
  constructor(
    private readonly connection: Connection,
    private readonly ports: UserQuestionPorts,
    private readonly network: Network,
  ) {}

  async checkNow(images: readonly LookedUp[], signal: AbortSignal): Promise<void> {
    await this.network.configured;
    if (this.network.refusal() !== null) return;
    await Promise.all(
      images.map(async ({ reference }) => {
        const options = { signal, confirm: true, refresh: true };
        const { tag, digest } = halvesOf(reference);
        const beside = digest === null || tag === null ? null : this.network.ask(tag, options);
        const [{ answer, verdict }] = await Promise.all([this.network.judge(reference, options), beside]);
        if (answer.kind === "unavailable") this.connection.console.warn(answer.message);
        if ("failure" in verdict) this.connection.console.warn(verdict.failure.message);
        await this.network.manifest(reference, answer, { signal });
      }),
    );
  }

  /** Asks once more before it forgets: what is forgotten can't be told from an attack any more. */
  async forgetRoot(reference: Reference | null): Promise<void> {
    if (reference === null) return;
    const forget = { title: "Forget" };
    const question = `Forget the stored root key of ${familiarRepository(reference)}? Whatever root the server shows next will be trusted. Ask the publisher first.`;
    const chosen = await this.connection.window.showWarningMessage(question, forget, { title: "Cancel" });
    if (chosen?.title !== forget.title) return;
    await this.ports.forgetRoot(reference);
    await this.network.configured;
    if (this.network.refusal() !== null) return;
    await this.network.judge(reference, {});
  }
}
