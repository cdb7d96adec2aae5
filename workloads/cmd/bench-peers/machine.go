package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Machine is what the figures hold for.
type Machine struct {
	Cores int    `json:"cores"`
	CPU   string `json:"cpu"`
	OS    string `json:"os"`
	Go    string `json:"go"`
	// Python is empty if no peer was run.
	Python string `json:"python,omitempty"`
}

func thisMachine() Machine {
	info, _ := os.ReadFile("/proc/cpuinfo") // not there: the model is not known
	return Machine{
		Cores: runtime.NumCPU(), CPU: cpuModel(string(info)),
		OS: runtime.GOOS + "/" + runtime.GOARCH, Go: strings.TrimPrefix(runtime.Version(), "go"),
	}
}

// cpuModel finds the model in the text of /proc/cpuinfo.
func cpuModel(info string) string {
	for line := range strings.Lines(info) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "a CPU of unknown model"
}

func (m Machine) String() string {
	s := fmt.Sprintf("%d cores of %s, %s, Go %s", m.Cores, m.CPU, m.OS, m.Go)
	if m.Python != "" {
		s += ", Python " + m.Python
	}
	return s
}
