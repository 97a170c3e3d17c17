package main

import (
	"errors"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/tonistiigi/go-csvvalue"
)

// place says whose `--from` is read.
type place struct {
	node *parser.Node
	// line and endLine are those of the instruction in the document, also for a trigger.
	line, endLine int
	// stage is the index of the stage that the instruction is part of.
	stage int
	// isTrigger: read by ONBUILD, to be run in a stage of another document.
	isTrigger bool
}

func (p place) kind(name string) string {
	if p.isTrigger {
		return "onbuild-" + name
	}
	return name
}

// refusedMounts stands for a RUN that does not parse for a variable in the `from` of a mount.
type refusedMounts struct{}

// readSources finds what an instruction copies or mounts from. command is nil where the instruction did not parse.
func (d *document) readSources(node *parser.Node, command any, stage int) {
	at := place{node: node, line: node.StartLine, endLine: node.EndLine, stage: stage}
	if trigger, ok := command.(*instructions.OnbuildCommand); ok {
		d.readTrigger(at, trigger.Expression)
		return
	}
	d.readCommand(at, command)
}

// readTrigger parses as initOnBuildTriggers does: a document of its own, whose escape token is the default one.
func (d *document) readTrigger(at place, expression string) {
	parsed, err := parser.Parse(strings.NewReader(expression))
	if err == nil && len(parsed.AST.Children) != 1 {
		err = errors.New("onbuild trigger should be a single expression")
	}
	if err != nil {
		d.reject(at.node, err)
		return
	}
	outer := at.node
	at.node, at.isTrigger = parsed.AST.Children[0], true
	command, err := instructions.ParseCommand(at.node)
	if isExpansionInMount(err) {
		d.readMounts(at)
	} else if err != nil {
		d.reject(outer, err)
	} else {
		d.readCommand(at, command)
	}
}

// readCommand does what toCommand and detectRunMount do.
func (d *document) readCommand(at place, command any) {
	switch command := command.(type) {
	case *instructions.CopyCommand:
		if command.From != "" {
			d.readCopySource(at, command.From)
		}
	case *instructions.RunCommand, refusedMounts:
		d.readMounts(at)
	}
}

func (d *document) readCopySource(at place, from string) {
	kind := at.kind("copy-from")
	match, err := d.lex.ProcessWordWithMatches(from, shell.EnvsFromSlice(nil))
	if err != nil || match.Result != from {
		d.NotExpanded = append(d.NotExpanded, notExpanded{kind, from, at.line})
		return
	}
	index, err := strconv.Atoi(from)
	if err != nil {
		d.addSource(at, kind, from)
		return
	}
	switch {
	case at.isTrigger || index >= 0 && index < at.stage:
	case index >= len(d.Stages) && index < d.states:
		// The number of an image that some `--from` named before, or of a mount without `from`: addState numbers them
		// along with the stages, and once more whenever one is named by its number.
		d.states++
	default:
		d.UndeclaredStages = append(d.UndeclaredStages, undeclaredStage{kind, from, at.line})
	}
}

// readMounts asks for each mount alone, as one that is refused hides the others.
func (d *document) readMounts(at place) {
	kind := at.kind("mount-from")
	for _, flag := range at.node.Flags {
		value, isMount := strings.CutPrefix(flag, "--mount=")
		if !isMount {
			continue
		}
		node := *at.node
		node.Flags = []string{flag}
		command, err := instructions.ParseInstruction(&node)
		run, isRun := command.(*instructions.RunCommand)
		switch {
		case err == nil && isRun:
			if from := instructions.GetMounts(run)[0].From; from != "" {
				d.addSource(at, kind, from)
			} else if _, isStage := d.stageByName[emptyImage]; !isStage && !at.isTrigger {
				// detectRunMount takes a mount without `from` for one from nothing.
				d.states++
			}
		case isExpansionInMount(err):
			d.NotExpanded = append(d.NotExpanded, notExpanded{kind, unexpandedFrom(value), at.line})
		default:
			d.Rejected = append(d.Rejected, rejection{at.line, err.Error()})
		}
	}
}

// isExpansionInMount tells parseMount's refusal of a variable in `from` (instructions/commands_runmount.go).
func isExpansionInMount(err error) bool {
	return err != nil && strings.Contains(err.Error(), "'from' doesn't support variable expansion")
}

// unexpandedFrom is the value that parseMount refused: the first with a variable.
func unexpandedFrom(mount string) string {
	fields, _ := csvvalue.Fields(mount, nil)
	for _, field := range fields {
		key, value, _ := strings.Cut(field, "=")
		if at := strings.IndexByte(value, '$'); strings.EqualFold(key, "from") && at >= 0 && at != len(value)-1 {
			return value
		}
	}
	return ""
}

// addSource takes a `from` that is no number of a stage: the name of a stage in any case, or an image.
func (d *document) addSource(at place, kind, from string) {
	if at.isTrigger {
		// Without registry, path, tag and digest it may be a stage of the document that the trigger runs in.
		if strings.ContainsAny(from, "/:@") {
			d.addUse(use{Kind: kind, Raw: from, Resolved: &from, Line: at.line, EndLine: at.endLine})
		}
		return
	}
	if index, isStage := d.stageByName[strings.ToLower(from)]; isStage {
		if index >= at.stage {
			d.UndeclaredStages = append(d.UndeclaredStages, undeclaredStage{kind, from, at.line})
		}
		return
	}
	d.states++
	if from != emptyImage {
		d.addUse(use{Kind: kind, Raw: from, Resolved: &from, Line: at.line, EndLine: at.endLine})
	}
}
