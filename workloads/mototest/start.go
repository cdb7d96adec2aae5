package mototest

import (
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// startLimit is how long moto may take to answer; it takes two seconds where
// nothing else runs.
const startLimit = time.Minute

var errNotInstalled = errors.New("no moto here: run tools/moto")

//go:embed server.py
var program string

// stop ends the server, if there is one.
var stop = func() {}

// start starts moto and points the SDK to it.
func start() (Server, error) {
	python, err := findPython()
	if err != nil {
		return Server{}, err
	}
	port, err := FreePort()
	if err != nil {
		return Server{}, err
	}
	s := Server{Endpoint: "http://127.0.0.1:" + strconv.Itoa(port)}
	if err := run(exec.Command(python, "-c", program, "-H", "127.0.0.1", "-p", strconv.Itoa(port))); err != nil {
		return Server{}, fmt.Errorf("starting moto: %w", err)
	}
	if err := s.awaitAnswer(); err != nil {
		return Server{}, err
	}
	return s, os.Setenv("AWS_ENDPOINT_URL", s.Endpoint)
}

// findPython looks for moto in .venv, in this folder and those above it.
func findPython() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; folder = filepath.Dir(folder) {
		bin := filepath.Join(folder, ".venv", "bin")
		if _, err := os.Stat(filepath.Join(bin, "moto_server")); err == nil {
			return filepath.Join(bin, "python"), nil
		}
		if folder == filepath.Dir(folder) {
			return "", errNotInstalled
		}
	}
}

// run starts a process that ends with this one, however this one ends.
func run(server *exec.Cmd) error {
	server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	result := make(chan error)
	stopping := make(chan chan struct{})
	go func() {
		runtime.LockOSThread() // Pdeathsig is of the thread that starts the server
		err := server.Start()
		result <- err
		if err != nil {
			return
		}
		stopped := <-stopping
		_ = server.Process.Kill()
		_ = server.Wait() // it was killed
		close(stopped)
	}()
	if err := <-result; err != nil {
		return err
	}
	stop = func() {
		stopped := make(chan struct{})
		stopping <- stopped
		<-stopped
	}
	return nil
}

// awaitAnswer waits until moto answers.
func (s Server) awaitAnswer() error {
	deadline := time.Now().Add(startLimit)
	for {
		response, err := http.Get(s.Endpoint + "/moto-api/data.json")
		if err == nil {
			return response.Body.Close()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("moto does not answer after %s: %w", startLimit, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// FreePort is a port of 127.0.0.1 on which nothing listened a moment ago.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
