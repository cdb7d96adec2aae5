package ociregistry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
)

// What a call can fail with, beside what only its registry has.
var (
	// ErrNoCredentials: none were found for ECR.
	ErrNoCredentials = awsclient.ErrNoCredentials
	// ErrNoGoogleCredentials: there are no application default credentials for
	// Artifact Registry, or none that still work.
	ErrNoGoogleCredentials = errors.New("no Google Cloud credentials: log in (`gcloud auth application-default login`), set GOOGLE_APPLICATION_CREDENTIALS, or give the machine a service account")
	// ErrDenied: they are not the right ones, or may not do this.
	ErrDenied = errors.New("the registry refuses the credentials, or they may not do this")
	// ErrNoRepository: the registry is there, the repository is not.
	ErrNoRepository = errors.New("the registry has no such repository")
	// ErrUnreachable: no answer, or one that broke off.
	ErrUnreachable = errors.New("the registry cannot be reached, try again")
	// ErrPlainText: the registry does not answer by TLS.
	ErrPlainText = errors.New("the registry does not answer by TLS, without which images are pushed on this machine only")
)

// explain says what an error of the registry's client means, if it is known.
func explain(err error) error {
	kind := kindOf(err)
	if kind == nil || errors.Is(err, kind) {
		return err
	}
	return fmt.Errorf("%w: %w", kind, err)
}

func kindOf(err error) error {
	switch statusOf(err) {
	case http.StatusUnauthorized, http.StatusForbidden:
		return ErrDenied
	case http.StatusNotFound:
		return ErrNoRepository
	}
	var network net.Error
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil
	case errors.Is(err, ErrPlainText), errors.Is(err, ErrNoCredentials), errors.Is(err, ErrNoGoogleCredentials):
		return nil
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrUnreachable
	}
	return nil
}

// statusOf is the status of the answer that an error is about; 0: none.
func statusOf(err error) int {
	var answer *transport.Error
	if errors.As(err, &answer) {
		return answer.StatusCode
	}
	return 0
}
