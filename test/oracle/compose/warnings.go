package main

import (
	"io"
	"maps"
	"regexp"
	"slices"

	"github.com/sirupsen/logrus"
)

// unsetWarning is what template.DefaultReplacementAppliedFunc logs of a variable that it leaves blank. No other trace
// is left of it.
var unsetWarning = regexp.MustCompile(`^The "(.*)" variable is not set\.`)

// warnings listens to the log of compose-go, which is kept off the standard error.
type warnings struct {
	unset map[string]struct{}
}

func listenToWarnings() *warnings {
	w := &warnings{}
	w.clear()
	logrus.SetOutput(io.Discard)
	logrus.AddHook(w)
	return w
}

func (w *warnings) Levels() []logrus.Level { return []logrus.Level{logrus.WarnLevel} }

func (w *warnings) Fire(entry *logrus.Entry) error {
	if found := unsetWarning.FindStringSubmatch(entry.Message); found != nil {
		w.unset[found[1]] = struct{}{}
	}
	return nil
}

func (w *warnings) clear() { w.unset = map[string]struct{}{} }

// unsetVariables are those that were left blank since the last clear.
func (w *warnings) unsetVariables() []string {
	return slices.AppendSeq([]string{}, slices.Values(slices.Sorted(maps.Keys(w.unset))))
}
