package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// runName is what a report calls the run it comes from.
func runName() string { return cmp.Or(os.Getenv("RUN_URL"), "a run by hand") }

// output hands a value to the workflow's next jobs, where there is one. Source:
// docs.github.com, "Workflow commands", setting an output parameter.
func output(name string, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	text := string(b)
	if s, ok := value.(string); ok {
		text = s
	}
	if strings.Contains(text, "\n") {
		return fmt.Errorf("output %q has several lines", name)
	}
	fmt.Printf("%s=%s\n", name, text)
	return appendTo(os.Getenv("GITHUB_OUTPUT"), name+"="+text+"\n")
}

// summary shows Markdown on the run's page, where there is one.
func summary(markdown string) error { return appendTo(os.Getenv("GITHUB_STEP_SUMMARY"), markdown+"\n") }

func appendTo(file, text string) error {
	if file == "" {
		return nil
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(text)
	return err
}
