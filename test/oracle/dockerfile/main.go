// Command dockerfile answers what BuildKit makes of a Dockerfile: which images it names, as its Dockerfile frontend
// finds them, with no build argument set. The README beside go.mod describes requests and answers.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"oracle/lines"
)

type request struct {
	Text *string `json:"text"`

	Word        *string     `json:"word"`
	Escape      string      `json:"escape"`
	Environment environment `json:"environment"`
}

type expansion struct {
	Error  *string  `json:"error"`
	Result string   `json:"result"`
	Unset  []string `json:"unset"`
}

func main() {
	if err := lines.Serve(answer); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answer(line []byte) any {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return lines.Failure{Error: err.Error()}
	}
	switch {
	case asked.Text != nil:
		read, err := readDocument([]byte(*asked.Text))
		if err != nil {
			return lines.Failure{Error: err.Error()}
		}
		return read
	case asked.Word != nil:
		escape := '\\'
		if asked.Escape == "`" {
			escape = '`'
		}
		result, unmatched, err := shell.NewLex(escape).ProcessWord(*asked.Word, asked.Environment)
		if err != nil {
			return lines.Failure{Error: err.Error()}
		}
		return expansion{Result: result, Unset: sorted(unmatched)}
	}
	return lines.Failure{Error: "neither text nor word"}
}
