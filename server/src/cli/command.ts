/** The command line: what can be asked for, how it is spelled, and with which status it ends. */
import { Command, CommanderError, Option } from "commander";
import type { PinStyle } from "../pinning/pin";
import { severities } from "../rules/rule";
import type { ChangeOptions } from "./changeCommand";
import { type CheckOptions, checkCommand } from "./checkCommand";
import { type ImagesOptions, imagesCommand } from "./imagesCommand";
import { type PinOptions, pinCommand } from "./pinCommand";
import { type CommandPorts, exitStatus, formats, SetupError } from "./ports";
import { inert, inertLines } from "./terminal";
import { updateCommand } from "./updateCommand";
import { type VerifyOptions, verifyCommand } from "./verifyCommand";

const pinStyles: readonly PinStyle[] = ["tag-and-digest", "digest-only"];

const examples = `
Examples:
  $ digest-pin check                              every Dockerfile and Compose file below this folder
  $ digest-pin check --fail-on hint --format json services/api
  $ digest-pin images 'services/*/Dockerfile'
  $ digest-pin pin --diff | git apply             look first: leave "| git apply" out
  $ digest-pin pin --write compose.yaml
  $ digest-pin verify registry.example/app:1      who signed it, and which digest

Exit status: 0 clean, 1 findings or images that stay unpinned, 2 could not run, 3 a required signature could not be checked.`;

/**
 * Runs the command.
 * @param args what stands behind the program's name
 * @returns the exit status; never fails
 */
export async function run(args: readonly string[], ports: CommandPorts): Promise<number> {
  let status: number = exitStatus.clean;
  const program = commandLine(ports, (ended) => {
    status = ended;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return ports.signal.aborted ? exitStatus.interrupted : status;
  } catch (error) {
    if (ports.signal.aborted) return exitStatus.interrupted;
    // Its message was printed, and `--help` and `--version` end this way too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.clean : exitStatus.couldNotRun;
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof SetupError) {
      ports.stderr.write(`digest-pin: ${inert(message)}\n`);
      return exitStatus.couldNotRun;
    }
    ports.stderr.write(`digest-pin: it failed by a mistake of its own, please report it: ${inert(message)}\n`);
    return exitStatus.couldNotRun;
  }
}

function commandLine(ports: CommandPorts, end: (status: number) => void): Command {
  const program = new Command("digest-pin")
    .description("Finds the container images that Dockerfiles and Compose files name, and pins them to digests.")
    .version(ports.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => ports.stdout.write(text),
      writeErr: (text) => ports.stderr.write(inertLines(text)),
    })
    .addHelpText("after", examples);

  fileCommand(program, "images", "list every place that names an image").action(
    async (paths: string[], options: ImagesOptions) => end(await imagesCommand(paths, options, ports)),
  );

  withTrust(fileCommand(program, "check", "report images that can move or are gone, and names that are wrong"))
    .addOption(
      new Option("--fail-on <severity>", "exit with 1 from this severity on").choices(severities).default("warning"),
    )
    .action(async (paths: string[], options: CheckOptions) => end(await checkCommand(paths, options, ports)));

  withTrust(
    fileCommand(program, "pin", "pin images to the digests that were signed, or else to those that registries serve"),
  )
    .option("--write", "change the files", false)
    .option("--diff", "print the change as a patch", false)
    .addOption(new Option("--style <style>", "how a pin is written").choices(pinStyles).default("tag-and-digest"))
    .action(async (paths: string[], options: PinOptions) => end(await pinCommand(paths, options, ports)));

  withTrust(fileCommand(program, "update", "replace digests that their tags no longer stand for"))
    .option("--write", "change the files", false)
    .option("--diff", "print the change as a patch", false)
    .action(async (paths: string[], options: ChangeOptions) => end(await updateCommand(paths, options, ports)));

  withTrust(program.command("verify"))
    .description("say who signed images, and with which digest")
    .argument("<references...>", "images, such as alpine:edge or registry.example/app:1")
    .addOption(formatOption())
    .addOption(offlineOption())
    .option("--forget-root", "forget the stored root keys first: the next ones are trusted on first use", false)
    .action(async (references: string[], options: VerifyOptions) =>
      end(await verifyCommand(references, options, ports)),
    );

  program
    .command("lsp")
    .description("serve the language server to an editor")
    .requiredOption("--stdio", "speak on standard input and output")
    // Editors add their own, such as --clientProcessId.
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => ports.startLanguageServer());

  return program;
}

/** A command that reads files. */
function fileCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument("[paths...]", "files, folders and globs", ["."])
    .addOption(formatOption())
    .addOption(offlineOption())
    .option("--env-from-process", "read Compose files with the variables of this process, as Compose does", false);
}

function offlineOption(): Option {
  return new Option("--offline", "ask nobody; what registries said in the last ten minutes counts").default(false);
}

/** A command that asks registries, and judges signatures. */
function withTrust(command: Command): Command {
  return command
    .addOption(new Option("--refresh", "ask anew for what was asked lately").default(false).conflicts("offline"))
    .addOption(new Option("--policy <file>", "stands in for the user's policy").default(null))
    .addOption(new Option("--ca <file>", "trust this certificate authority too (PEM)").default(null))
    .option("--require-signature", "take verified signatures only; DOCKER_CONTENT_TRUST does much the same", false);
}

function formatOption(): Option {
  return new Option("--format <format>", "how the result is printed").choices(formats).default("text");
}
