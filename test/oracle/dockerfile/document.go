package main

import (
	"bytes"
	"cmp"
	// A digest parses only where its algorithm is linked in.
	_ "crypto/sha256"
	_ "crypto/sha512"
	"slices"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// emptyImage is what a build makes from nothing (dockerfile2llb/convert.go, emptyImageName).
const emptyImage = "scratch"

type stage struct {
	Name string `json:"name"`
	// Base is the expanded word, empty where that failed.
	Base string `json:"base"`
	Line int    `json:"line"`
}

type use struct {
	Kind string `json:"kind"`
	// Raw is the word before expansion, with its quotes; of a flag, what is left of it without them.
	Raw        string  `json:"raw"`
	Resolved   *string `json:"resolved"`
	Normalized *string `json:"normalized"`
	Platform   *string `json:"platform"`
	// Unset are the names without value that the reference read, PlatformUnset those that the platform read.
	Unset                []string `json:"unset"`
	UnsetThroughDefaults []string `json:"unsetThroughDefaults"`
	PlatformUnset        []string `json:"platformUnset"`
	// Failed: the word could not be expanded, which ends a build.
	Failed  bool `json:"failed"`
	Line    int  `json:"line"`
	EndLine int  `json:"endLine"`
}

type undeclaredStage struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	Line int    `json:"line"`
}

type notExpanded struct {
	Kind string `json:"kind"`
	Raw  string `json:"raw"`
	Line int    `json:"line"`
}

type rejection struct {
	Line    int    `json:"line"`
	Message string `json:"message"`
}

// document is the answer: each list in the order of the text.
type document struct {
	Error            *string           `json:"error"`
	Stages           []stage           `json:"stages"`
	Uses             []use             `json:"uses"`
	UndeclaredStages []undeclaredStage `json:"undeclaredStages"`
	NotExpanded      []notExpanded     `json:"notExpanded"`
	Rejected         []rejection       `json:"rejected"`

	lex *shell.Lex
	// stageByName has the index of the last stage of a name, by the name in lower case.
	stageByName map[string]int
	// states counts stages and whatever else a build numbers along with them.
	states int
}

// readDocument follows toDispatchState (dockerfile2llb/convert.go) through an instruction at a time, and goes on
// behind one that ends a build.
func readDocument(text []byte) (*document, error) {
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	d := &document{
		Stages: []stage{}, Uses: []use{}, UndeclaredStages: []undeclaredStage{}, NotExpanded: []notExpanded{},
		Rejected: []rejection{}, lex: shell.NewLex(parsed.EscapeToken), stageByName: map[string]int{},
	}
	if image, _, location, ok := parser.DetectSyntax(text); ok {
		// For a directive in JSON, DetectSyntax counts lines from 0.
		line := max(1, location[0].Start.Line)
		d.addUse(use{Kind: "syntax", Raw: image, Resolved: &image, Line: line, EndLine: line})
	}

	nodes := parsed.AST.Children
	commands := make([]any, len(nodes))
	args := newArguments()
	// A build knows every stage before it reads the first command, so that a `--from` can name a later one.
	bases := map[int]use{}
	for i, node := range nodes {
		command, err := instructions.ParseInstruction(node)
		if isExpansionInMount(err) {
			commands[i] = refusedMounts{}
			continue
		}
		if err != nil {
			d.reject(node, err)
			continue
		}
		commands[i] = command
		switch command := command.(type) {
		case *instructions.ArgCommand:
			if len(d.Stages) == 0 {
				if err := args.define(d.lex, command); err != nil {
					d.reject(node, err)
				}
			}
		case *instructions.Stage:
			if base, isImage := d.addStage(node, command, args); isImage {
				bases[i] = base
			}
		}
	}

	d.states = len(d.Stages)
	current := -1
	for i, node := range nodes {
		if _, isStage := commands[i].(*instructions.Stage); isStage {
			current++
			if base, isImage := bases[i]; isImage {
				d.addUse(base)
			}
			continue
		}
		_, isArgument := commands[i].(*instructions.ArgCommand)
		if current >= 0 {
			d.readSources(node, commands[i], current)
		} else if commands[i] != nil && !isArgument {
			_, err := instructions.CurrentStage(nil)
			d.reject(node, err)
		}
	}
	slices.SortStableFunc(d.Rejected, func(a, b rejection) int { return cmp.Compare(a.Line, b.Line) })
	return d, nil
}

// addStage does what buildDispatchStates and addState do with a FROM. Its base is no image where it is exactly the
// name of an earlier stage, in lower case as BuildKit keeps it, or exactly `scratch`.
func (d *document) addStage(node *parser.Node, command *instructions.Stage, args arguments) (base use, isImage bool) {
	match, err := d.lex.ProcessWordWithMatches(command.BaseName, args.values)
	base = use{
		Kind: "from", Raw: command.BaseName, Resolved: &match.Result,
		Unset: sorted(args.unset(match)), UnsetThroughDefaults: sorted(args.unsetThroughDefaults(match)),
		Line: node.StartLine, EndLine: node.EndLine,
	}
	if err != nil {
		base.Resolved, base.Failed = nil, true
	}
	if command.Platform != "" {
		platform, err := d.lex.ProcessWordWithMatches(command.Platform, args.values)
		base.PlatformUnset = sorted(args.unset(platform))
		if err == nil {
			base.Platform = &platform.Result
		}
	}
	_, isStage := d.stageByName[match.Result]
	if command.Name != "" {
		d.stageByName[command.Name] = len(d.Stages)
	}
	d.Stages = append(d.Stages, stage{command.Name, match.Result, node.StartLine})
	return base, !isStage && match.Result != emptyImage
}

func (d *document) addUse(found use) {
	if found.Resolved != nil {
		if named, err := reference.ParseNormalizedNamed(*found.Resolved); err == nil {
			normalized := named.String()
			found.Normalized = &normalized
		}
	}
	for _, list := range []*[]string{&found.Unset, &found.UnsetThroughDefaults, &found.PlatformUnset} {
		if *list == nil {
			*list = []string{}
		}
	}
	d.Uses = append(d.Uses, found)
}

func (d *document) reject(node *parser.Node, err error) {
	d.Rejected = append(d.Rejected, rejection{node.StartLine, err.Error()})
}
