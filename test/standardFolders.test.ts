/** Where this system keeps what belongs to the user: by the variables for it, and below the home folder otherwise. */
import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { folderOf, userPolicyPath } from "../server/src/standardFolders";

describe("the standard folders", () => {
  const variables = {
    config: ["XDG_CONFIG_HOME", ".config"],
    data: ["XDG_DATA_HOME", ".local/share"],
    cache: ["XDG_CACHE_HOME", ".cache"],
  } as const;
  const ofUser: Record<string, string | undefined> = {};
  before(function () {
    if (process.platform !== "linux") this.skip();
  });
  beforeEach(() => {
    for (const [variable] of Object.values(variables)) ofUser[variable] = process.env[variable];
  });
  afterEach(() => {
    for (const [variable, value] of Object.entries(ofUser)) {
      if (value === undefined) delete process.env[variable];
      else process.env[variable] = value;
    }
  });

  for (const kind of ["config", "data", "cache"] as const) {
    const [variable, standard] = variables[kind];
    it(`for ${kind} is where ${variable} says, unless that is relative`, () => {
      process.env[variable] = resolve("/elsewhere");
      assert.equal(folderOf(kind), resolve("/elsewhere/digest-pin"));
      for (const unusable of ["", "relative", "./relative"]) {
        process.env[variable] = unusable;
        assert.equal(folderOf(kind), join(homedir(), standard, "digest-pin"), unusable);
      }
      delete process.env[variable];
      assert.equal(folderOf(kind), join(homedir(), standard, "digest-pin"));
    });
  }

  it("hold the user's own policy", () => {
    process.env.XDG_CONFIG_HOME = resolve("/elsewhere");
    assert.equal(userPolicyPath(), resolve("/elsewhere/digest-pin/policy.yaml"));
  });
});
