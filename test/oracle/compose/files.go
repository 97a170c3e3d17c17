package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
)

// depth of the directory below which a request's files lie, so that "../" leads to other files of the request, or to
// nothing, but not to this machine's.
const depth = "a/b/c/d/project"

// memory is where a Linux system keeps files that touch no disk.
const memory = "/dev/shm"

// inDirectory hands out a directory with those files, by their path from it, and removes it afterwards. compose-go
// reads `include`, `extends` and environment files from a file system only.
func inDirectory(files map[string]string, use func(directory string) (any, error)) (any, error) {
	parent := os.TempDir()
	if _, err := os.Stat(memory); err == nil {
		parent = memory
	}
	root, err := os.MkdirTemp(parent, "oracle-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(root)
	directory := filepath.Join(root, depth)
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return nil, err
	}
	for name, text := range files {
		path := filepath.Join(directory, name)
		if !isBelow(path, root) {
			return nil, fmt.Errorf("%s: too far up", name)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	result, err := use(directory)
	if err != nil {
		// Messages name files, and where they lie is of no interest.
		err = errors.New(strings.NewReplacer(directory+"/", "", root+"/", "/").Replace(err.Error()))
	}
	return result, err
}

func isBelow(path, directory string) bool {
	return strings.HasPrefix(path, directory+string(filepath.Separator))
}

// readEnvironmentFile reads the `.env` of a directory as cli.WithDotEnv does.
func readEnvironmentFile(directory string, environment map[string]string) (map[string]string, error) {
	path := filepath.Join(directory, ".env")
	if found, err := os.Stat(path); err != nil || found.IsDir() {
		return map[string]string{}, nil
	}
	return dotenv.GetEnvFromFile(environment, []string{path})
}
