import assert from "node:assert/strict";
import { once } from "node:events";
import { chmod, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localMachine, type ProgramRun } from "../../server/src/registry/machine";

const machine = localMachine();

describe("localMachine", () => {
  let directory: string;
  before(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), "machine-")));
  });
  after(() => rm(directory, { recursive: true }));

  /** Runs `script` in a Node process of its own. */
  function run(script: string, changes: Partial<ProgramRun> = {}) {
    return machine.run({
      path: process.execPath,
      parameters: ["-e", script],
      input: "ghcr.io",
      directory,
      timeLimit: 10_000,
      outputLimit: 1_000,
      signal: new AbortController().signal,
      ...changes,
    });
  }

  it("runs a program on its input, in its directory", async () => {
    const script = 'process.stdin.on("data", (text) => console.log(process.cwd() + " " + text)); process.exitCode = 3';
    assert.deepEqual(await run(script), { kind: "exited", status: 3, output: `${directory} ghcr.io\n` });
  });

  it("starts no shell", async () => {
    const end = await machine.run({
      path: process.execPath,
      parameters: ["-p", "process.argv[1]", "$(id); echo x"],
      input: "",
      directory,
      timeLimit: 10_000,
      outputLimit: 1_000,
      signal: new AbortController().signal,
    });
    assert.deepEqual(end, { kind: "exited", status: 0, output: "$(id); echo x\n" });
  });

  it("minds no program that leaves its input unread", async () => {
    assert.deepEqual(await run("", { input: "x".repeat(1_000_000) }), { kind: "exited", status: 0, output: "" });
  });

  it("ends with a program that takes too long, prints too much, or is not needed any more", async () => {
    const forever = "setInterval(() => {}, 1000)";
    const leaving = new AbortController();
    const ends = [
      run(forever, { timeLimit: 50 }),
      run('setInterval(() => process.stdout.write("x".repeat(2000)), 1)'),
      run(forever, { signal: leaving.signal }),
      run(forever, { signal: AbortSignal.abort() }),
    ];
    leaving.abort();
    assert.deepEqual(
      (await Promise.all(ends)).map(({ kind }) => kind),
      ["timed-out", "too-much-output", "cancelled", "cancelled"],
    );
  });

  it("leaves no program running", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const leaving = new AbortController();
    const end = run(`require("net").connect(${port}, "127.0.0.1"); process.on("SIGTERM", () => {})`, {
      signal: leaving.signal,
    });
    const [connection] = (await once(server, "connection")) as [Socket];
    connection.on("error", () => {}).resume();
    leaving.abort();
    await once(connection, "close");
    assert.deepEqual(await end, { kind: "cancelled" });
    server.close();
  });

  it("tells what does not start", async () => {
    assert.deepEqual(await run("", { path: join(directory, "missing") }), { kind: "not-started" });
  });

  it("reads files, links and permissions, and null where nothing is", async () => {
    const [plain, program, link] = ["plain", "program", "link"].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(plain, "text");
    await writeFile(program, "text");
    await chmod(plain, 0o600);
    await chmod(program, 0o700);
    await symlink(program, link);
    assert.equal(await machine.readText(plain), "text");
    assert.equal(await machine.readText(join(directory, "missing")), null);
    await assert.rejects(machine.readText(directory));
    assert.deepEqual([...((await machine.listFolder(directory)) ?? [])].sort(), ["link", "plain", "program"]);
    assert.equal(await machine.listFolder(join(directory, "missing")), null);
    assert.equal(await machine.listFolder(plain), null);
    assert.equal(await machine.realPath(link), program);
    assert.equal(await machine.realPath(join(directory, "missing")), null);
    assert.equal(await machine.isExecutable(program), true);
    assert.equal(await machine.isExecutable(directory), false);
    if (process.platform !== "win32") assert.equal(await machine.isExecutable(plain), false);
  });
});
