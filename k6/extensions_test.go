package k6

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// xk6 writes such a program, into a module of its own.
const programOfXk6 = `package main

import (
	k6cmd "go.k6.io/k6/v2/cmd"

	_ "MODULE"
)

func main() { k6cmd.Execute() }
`

// toolIn runs a program in a folder with what is on this machine already.
func toolIn(t *testing.T, folder string, words ...string) string {
	t.Helper()
	command := exec.Command(words[0], words[1:]...)
	command.Dir = folder
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOPROXY=off", "GOFLAGS=-mod=mod -trimpath")
	said, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(words, " "), err, said)
	}
	return string(said)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// As xk6 build --with MODULE=. does it.
func TestAProgramThatXk6WritesHasAllExtensions(t *testing.T) {
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	module := regexp.MustCompile(`(?m)^module (\S+)$`).FindSubmatch(text)[1]
	// xk6 takes no other path: golang.org/x/mod/module.CheckPath.
	if first, _, _ := strings.Cut(string(module), "/"); !strings.Contains(first, ".") {
		t.Errorf("%s begins with no domain", module)
	}
	folder := t.TempDir()
	write(t, filepath.Join(folder, "go.mod"), strings.Replace(string(text), "module "+string(module), "module k6", 1))
	write(t, filepath.Join(folder, "go.sum"), string(sums))
	write(t, filepath.Join(folder, "main.go"), strings.Replace(programOfXk6, "MODULE", string(module), 1))
	toolIn(t, folder, "go", "mod", "edit", "-require="+string(module)+"@v0.0.0", "-replace="+string(module)+"="+here)
	toolIn(t, folder, "go", "build", "-ldflags", "-s -w", "-o", "k6", ".")
	said := toolIn(t, folder, filepath.Join(folder, "k6"), "version")
	for _, extension := range []string{"k6/x/webhook [js]", "timeline [output]"} {
		if !strings.Contains(said, extension) {
			t.Errorf("%s is missing: %s", extension, said)
		}
	}
}
