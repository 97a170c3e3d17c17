package main

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

type service struct {
	Name  string `json:"name"`
	Image string `json:"image"`

	Builds             bool               `json:"builds"`
	Context            string             `json:"context"`
	Dockerfile         string             `json:"dockerfile"`
	DockerfileInline   string             `json:"dockerfileInline"`
	AdditionalContexts map[string]string  `json:"additionalContexts"`
	Args               map[string]*string `json:"args"`

	PullPolicy     string   `json:"pullPolicy"`
	Platform       string   `json:"platform"`
	VolumeImages   []string `json:"volumeImages"`
	PreStartImages []string `json:"preStartImages"`
}

type model struct {
	Name  string `json:"name"`
	Model string `json:"model"`
}

type project struct {
	Error *string `json:"error"`
	// ConfigFiles are those that were loaded, ProjectDirectory that of the first; both from the request's directory.
	ConfigFiles      []string  `json:"configFiles"`
	ProjectDirectory string    `json:"projectDirectory"`
	Services         []service `json:"services"`
	// Jobs have the same attributes; a job has no `pre_start`.
	Jobs   []service `json:"jobs"`
	Models []model   `json:"models"`
	// UnsetVariables are those that were left blank.
	UnsetVariables []string          `json:"unsetVariables"`
	EnvFileValues  map[string]string `json:"envFileValues"`
}

// readProject loads as `docker compose config` does with every profile. Without `strict`, neither references between
// parts of the project are checked, nor need an `env_file` be there.
func readProject(directory string, asked request, warnings *warnings) (any, error) {
	environment := maps.Clone(asked.Environment)
	searched, paths := directory, []string{}
	for _, name := range asked.ConfigFiles {
		searched, paths = "", append(paths, filepath.Join(directory, name))
	}
	load := func(options ...cli.ProjectOptionsFn) (*types.Project, error) {
		options = append([]cli.ProjectOptionsFn{
			withEnvironment(environment),
			// The first of several files sets the project's directory.
			cli.WithWorkingDirectory(searched),
			cli.WithEnvFiles(),
			cli.WithDotEnv,
			cli.WithDefaultConfigPath,
			cli.WithProfiles([]string{"*"}),
			cli.WithConsistency(asked.Strict),
		}, options...)
		if !asked.Strict {
			options = append(options, cli.WithoutEnvironmentResolution, cli.WithoutLabelsResolution)
		}
		loadable, err := cli.NewProjectOptions(paths, options...)
		if err != nil {
			return nil, err
		}
		warnings.clear()
		return loadable.LoadProject(context.Background())
	}

	read, err := load()
	if err != nil {
		return nil, err
	}
	unset := warnings.unsetVariables()
	envFileValues, err := readEnvironmentFile(read.WorkingDir, environment)
	if err != nil {
		return nil, err
	}
	all := read.AllServices()
	declared := all
	if len(all.Filter(func(s types.ServiceConfig) bool { return len(s.PreStart) > 0 })) > 0 {
		// Normalization gives a hook without image that of its service.
		unnormalized, err := load(cli.WithNormalization(false))
		if err != nil {
			return nil, err
		}
		declared = unnormalized.AllServices()
	}

	answer := project{
		Services: []service{}, Jobs: []service{}, Models: []model{},
		UnsetVariables: unset, EnvFileValues: envFileValues, ConfigFiles: []string{},
	}
	root := strings.TrimSuffix(directory, depth)
	inRequest, place := relativeTo(directory, root), relativeTo(read.WorkingDir, root)
	answer.ProjectDirectory = inRequest(read.WorkingDir)
	for _, path := range read.ComposeFiles {
		answer.ConfigFiles = append(answer.ConfigFiles, inRequest(path))
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		found := describe(name, all[name].ContainerSpec, all[name].Build, place)
		for _, hook := range declared[name].PreStart {
			if hook.Image != "" {
				found.PreStartImages = append(found.PreStartImages, hook.Image)
			}
			found.VolumeImages = append(found.VolumeImages, imagesOf(hook.Volumes)...)
		}
		answer.Services = append(answer.Services, found)
	}
	jobs := read.AllJobs()
	for _, name := range slices.Sorted(maps.Keys(jobs)) {
		answer.Jobs = append(answer.Jobs, describe(name, jobs[name].ContainerSpec, jobs[name].Build, place))
	}
	for _, name := range slices.Sorted(maps.Keys(read.Models)) {
		answer.Models = append(answer.Models, model{name, read.Models[name].Model})
	}
	return answer, nil
}

func describe(name string, container types.ContainerSpec, build *types.BuildConfig, place func(string) string) service {
	found := service{
		Name: name, Image: container.Image, Builds: build != nil,
		AdditionalContexts: map[string]string{}, Args: map[string]*string{},
		PullPolicy: container.PullPolicy, Platform: container.Platform,
		VolumeImages: imagesOf(container.Volumes), PreStartImages: []string{},
	}
	if build != nil {
		found.Context, found.Dockerfile, found.DockerfileInline = place(build.Context), build.Dockerfile, build.DockerfileInline
		for name, context := range build.AdditionalContexts {
			found.AdditionalContexts[name] = place(context)
		}
		maps.Copy(found.Args, build.Args)
	}
	return found
}

func imagesOf(volumes []types.ServiceVolumeConfig) []string {
	images := []string{}
	for _, volume := range volumes {
		if volume.Type == types.VolumeTypeImage {
			images = append(images, volume.Source)
		}
	}
	return images
}

// relativeTo makes a path below root relative to a directory. Whatever lies elsewhere, or is no path, stays as the
// document has it.
func relativeTo(directory, root string) func(string) string {
	return func(path string) string {
		if relative, err := filepath.Rel(directory, path); err == nil && strings.HasPrefix(path, root) {
			return relative
		}
		return path
	}
}

func withEnvironment(environment map[string]string) cli.ProjectOptionsFn {
	return func(options *cli.ProjectOptions) error {
		maps.Copy(options.Environment, environment)
		return nil
	}
}
