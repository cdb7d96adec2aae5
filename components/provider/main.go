// Command pulumi-resource-spotgrid is the project's own Pulumi provider. For the
// target local it has agent, queue, volume, fleet and function of a grid on one
// machine: it starts and stops the grid's agent and tells it what to keep; the
// agent does the rest. For targets in a cloud it has the container image, which
// it makes of a program and pushes to a registry. A module of its own, so that
// the stack program does not depend on what providers are made of.
package main

import (
	"context"
	"fmt"
	"os"

	provider "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// version of the provider; it lives and dies with the repository it is in.
const version = "0.1.0"

func main() {
	p, err := build()
	if err == nil {
		err = p.Run(context.Background(), "spotgrid", version)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-resource-spotgrid:", err)
		os.Exit(1)
	}
}

func build() (provider.Provider, error) {
	return infer.NewProviderBuilder().
		WithDisplayName("spotgrid").
		WithDescription("What a compute grid needs and no other provider has: a grid on one machine (agent, queues, volumes, fleets of worker processes and functions) and container images of programs.").
		WithResources(
			infer.Resource(&Agent{}),
			infer.Resource(&Queue{}),
			infer.Resource(&Volume{}),
			infer.Resource(&Fleet{}),
			infer.Resource(&Function{}),
			infer.Resource(&Image{}),
		).
		Build()
}
