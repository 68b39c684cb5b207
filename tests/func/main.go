// Asks func's own code what it makes of a function's folder.
//
//	check DIR        loads and validates func.yaml, prints it as func understands it
//	scaffold DIR     writes the service that func wraps around the function
//	base REF         puts an empty image into a registry
//	build DIR BASE   builds the image as `func build --builder host` does, on that base, as an OCI layout
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"gopkg.in/yaml.v3"
	fn "knative.dev/func/pkg/functions"
	"knative.dev/func/pkg/oci"
)

var platform = fn.Platform{OS: "linux", Architecture: "amd64"}

func main() {
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(command string, words []string) error {
	if command == "base" {
		return push(words[0])
	}
	f, err := load(words[0])
	if err != nil {
		return err
	}
	switch command {
	case "check":
		return json.NewEncoder(os.Stdout).Encode(f)
	case "scaffold":
		return oci.NewScaffolder(false).Scaffold(context.Background(), f, "")
	case "build":
		f.Build.BaseImage = words[1]
		return oci.NewBuilder("host", false).Build(context.Background(), f, []fn.Platform{platform})
	}
	return fmt.Errorf("there is no %s", command)
}

// load refuses what func takes with no more than a warning: a key it does not know, and a file that it has to migrate.
func load(folder string) (fn.Function, error) {
	text, err := os.ReadFile(filepath.Join(folder, fn.FunctionFile))
	if err != nil {
		return fn.Function{}, err
	}
	strict := yaml.NewDecoder(bytes.NewReader(text))
	strict.KnownFields(true)
	var written fn.Function
	if err := strict.Decode(&written); err != nil {
		return fn.Function{}, err
	}
	f, err := fn.NewFunction(folder)
	if err != nil {
		return fn.Function{}, err
	}
	if f.SpecVersion != written.SpecVersion {
		return fn.Function{}, fmt.Errorf("func migrates specVersion %s to %s", written.SpecVersion, f.SpecVersion)
	}
	return f, f.Validate()
}

func push(to string) error {
	ref, err := name.ParseReference(to)
	if err != nil {
		return err
	}
	config, err := empty.Image.ConfigFile()
	if err != nil {
		return err
	}
	config.OS, config.Architecture = platform.OS, platform.Architecture
	image, err := mutate.ConfigFile(empty.Image, config)
	if err != nil {
		return err
	}
	return remote.Write(ref, image)
}
