/**
 * A real notary-server that gives trust data for a token only: ours gets one from the token server that belongs to it,
 * which alone must see the login.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CredentialSource } from "../../server/src/registry/login/credentials";
import { digestOf, hexOf, type NotaryBench, startNotaryBench } from "../support/notary/bench";
import { messageOf } from "../support/notary/schemeUnderTest";
import { credentialsFor } from "../support/registryClients";
import { skipUnlessInstalled } from "../support/system";
import { startTokenServer, type TokenServer } from "../support/tokenServer";

const gun = "localhost:5000/acme/app";
const login = { username: "bob", password: "s3cret" };
const basic = `Basic ${Buffer.from("bob:s3cret").toString("base64")}`;
const UNAUTHORIZED = "unavailable: server unauthorized";

for (const anonymous of ["refused", "allowed nothing"] as const) {
  describe(`a real notary-server with a token server, anonymous requests ${anonymous}`, () => {
    let bench: NotaryBench;
    let tokens: TokenServer;
    let directory: string;
    before(async function () {
      const openssl = skipUnlessInstalled(this, "openssl");
      directory = await mkdtemp(join(tmpdir(), "token-server-"));
      tokens = await startTokenServer(openssl, directory, basic, anonymous);
      bench = await startNotaryBench(this, { signer: "local", token: tokens.configuration.token });
      const client = bench.newClient({ authorization: login });
      await client.init(gun);
      await client.addHash(gun, "1", 1, hexOf("1"));
    });
    after(async () => {
      await bench?.close();
      await tokens?.close();
      if (directory) await rm(directory, { recursive: true });
    });

    /** By its address the server and the token server are of one host; by name the token server is a foreign one. */
    function look(host: "127.0.0.1" | "localhost", credentials: CredentialSource) {
      return bench.newScheme({ server: `https://${host}:${bench.proxy.port}`, credentials });
    }

    const cases: readonly {
      readonly name: string;
      readonly host: "127.0.0.1" | "localhost";
      readonly login: { readonly username: string; readonly password: string } | null;
      readonly outcome: string;
      /** What the token server is told. */
      readonly told: string | undefined;
    }[] = [
      { name: "with a login", host: "127.0.0.1", login, outcome: digestOf("1"), told: basic },
      { name: "without a login", host: "127.0.0.1", login: null, outcome: UNAUTHORIZED, told: undefined },
      {
        name: "with a wrong login",
        host: "127.0.0.1",
        login: { ...login, password: "wrong" },
        outcome: UNAUTHORIZED,
        told: `Basic ${Buffer.from("bob:wrong").toString("base64")}`,
      },
      { name: "with a foreign token server", host: "localhost", login, outcome: UNAUTHORIZED, told: undefined },
    ];
    for (const { name, host, login, outcome, told } of cases) {
      it(`is asked ${name}`, async () => {
        const credentials = credentialsFor(login === null ? {} : { "localhost:5000": { kind: "basic", ...login } });
        const scheme = look(host, credentials);
        const [requests, logins] = [bench.proxy.requests.length, tokens.logins.length];
        const answer = await scheme.check(`${gun}:1`);
        assert.equal(await scheme.outcome(`${gun}:1`), outcome, messageOf(answer));
        const sent = bench.proxy.requests.slice(requests).map(({ headers }) => headers.authorization);
        assert.ok(
          sent.every((value) => value === undefined || value.startsWith("Bearer ")),
          "the login is for the token server only",
        );
        assert.deepEqual([...new Set(tokens.logins.slice(logins))], [told]);
        if (outcome === UNAUTHORIZED) assert.doesNotMatch(messageOf(answer), /s3cret|wrong|Basic/);
        else assert.equal(tokens.logins.length - logins, 1, "one token for all requests");
      });
    }
  });
}
