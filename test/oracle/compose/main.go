// Command compose answers what Compose makes of a project, of an environment file and of a template, by compose-go.
// The README beside go.mod describes requests and answers.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/compose-spec/compose-go/v2/template"

	"oracle/lines"
)

type request struct {
	Files       map[string]string `json:"files"`
	ConfigFiles []string          `json:"configFiles"`
	Strict      bool              `json:"strict"`

	Dotenv   *string `json:"dotenv"`
	Template *string `json:"template"`

	Environment map[string]string `json:"environment"`
}

type values struct {
	Error  *string           `json:"error"`
	Values map[string]string `json:"values"`
}

type substitution struct {
	Error  *string  `json:"error"`
	Result string   `json:"result"`
	Unset  []string `json:"unset"`
}

func main() {
	// A path that begins with "~" is to read alike on every machine.
	os.Setenv("HOME", "/home/user")
	// A project leaves much behind at once, and little memory is in use besides.
	debug.SetGCPercent(800)
	warnings := listenToWarnings()
	err := lines.Serve(func(line []byte) any {
		result, err := answer(line, warnings)
		if err != nil {
			return lines.Failure{Error: err.Error()}
		}
		return result
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answer(line []byte, warnings *warnings) (any, error) {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, err
	}
	if asked.Environment == nil {
		asked.Environment = map[string]string{}
	}
	warnings.clear()
	switch {
	case asked.Template != nil:
		result, err := template.Substitute(*asked.Template, func(name string) (string, bool) {
			value, ok := asked.Environment[name]
			return value, ok
		})
		return substitution{Result: result, Unset: warnings.unsetVariables()}, err
	case asked.Dotenv != nil:
		return inDirectory(map[string]string{".env": *asked.Dotenv}, func(directory string) (any, error) {
			read, err := readEnvironmentFile(directory, asked.Environment)
			return values{Values: read}, err
		})
	case asked.Files != nil:
		return inDirectory(asked.Files, func(directory string) (any, error) {
			return readProject(directory, asked, warnings)
		})
	}
	return nil, errors.New("neither files nor dotenv nor template")
}
