package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// automatic holds the names that a build defines by its own platform and target (dockerfile2llb/platform.go,
// defaultArgs).
var automatic = []string{
	"BUILDPLATFORM", "BUILDOS", "BUILDOSVERSION", "BUILDARCH", "BUILDVARIANT",
	"TARGETPLATFORM", "TARGETOS", "TARGETOSVERSION", "TARGETARCH", "TARGETVARIANT",
	"TARGETSTAGE",
}

// standIn is the value of an automatic name: one that no document can write, so that it is seen wherever it ends up.
func standIn(name string) string { return "\x01" + name + "\x01" }

// environment has the values of names, as shell.Lex asks for them.
type environment map[string]string

func (e environment) Get(name string) (string, bool) {
	value, ok := e[name]
	return value, ok
}

func (e environment) Keys() []string { return slices.Collect(maps.Keys(e)) }

type names = map[string]struct{}

// arguments are the global ones, those above the first FROM.
type arguments struct {
	values environment
	// unsetBehind has, for an argument, the names without value that its default read, itself or through others.
	unsetBehind map[string]names
}

func newArguments() arguments {
	a := arguments{environment{}, map[string]names{}}
	for _, name := range automatic {
		a.values[name] = standIn(name)
	}
	return a
}

// define does what buildMetaArgs does with one ARG (dockerfile2llb/convert.go). An argument whose default fails is
// unset, where a build would end.
func (a arguments) define(lex *shell.Lex, command *instructions.ArgCommand) (failure error) {
	for _, pair := range command.Args {
		if pair.Value == nil {
			continue
		}
		match, err := lex.ProcessWordWithMatches(*pair.Value, a.values)
		if err != nil {
			failure = err
			delete(a.values, pair.Key)
			delete(a.unsetBehind, pair.Key)
			continue
		}
		unset := a.unset(match)
		maps.Copy(unset, a.unsetThroughDefaults(match))
		a.values[pair.Key] = match.Result
		a.unsetBehind[pair.Key] = unset
	}
	return failure
}

// unset are the names that a word read and that had no value of their own, or one that only a build knows. A name is
// told even where the word has a default for it, and where its value was not used.
func (a arguments) unset(match shell.ProcessWordResult) names {
	unset := names{}
	maps.Copy(unset, match.Unmatched)
	for _, name := range automatic {
		_, read := match.Matched[name]
		if read && a.values[name] == standIn(name) || strings.Contains(match.Result, standIn(name)) {
			unset[name] = struct{}{}
		}
	}
	return unset
}

func (a arguments) unsetThroughDefaults(match shell.ProcessWordResult) names {
	unset := names{}
	for name := range match.Matched {
		maps.Copy(unset, a.unsetBehind[name])
	}
	return unset
}

func sorted(of names) []string {
	return slices.AppendSeq([]string{}, slices.Values(slices.Sorted(maps.Keys(of))))
}
