package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/stack"
)

const previewHelp = `Run pulumi preview on the stack: show what 'spotgrid up' would change, and check
every value as the cloud's provider does.

--offline needs no Pulumi login and no account. It previews the stack as if it
were new: the providers check and plan but call nothing, credentials in the
environment are not used, and what Pulumi keeps goes into a folder below
.spotgrid that is gone afterwards. Secrets in the stack's config are replaced by
a text. Plugins that are installed are used; Pulumi downloads what is missing.
Without a login a stack that is not local is always previewed so.`

func previewCommand(g *globals) *cobra.Command {
	offline := false
	cmd := &cobra.Command{
		Use: "preview [--offline] [-- PULUMI-FLAG...]", Short: "Show what would change (`pulumi preview`)", Long: previewHelp,
		Example: "  spotgrid preview\n  spotgrid preview --stack aws-dev --offline\n  spotgrid preview --stack aws-dev -- --diff",
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := g.project()
			if err != nil {
				return err
			}
			if !offline && errors.Is(s.CheckLogin(os.Environ()), stack.ErrNoLogin) {
				fmt.Fprintf(cmd.ErrOrStderr(), "spotgrid: no Pulumi login: previewing stack %s offline, as if it were new; `pulumi login` first to compare it with what is there\n", s.Name)
				offline = true
			}
			if !offline {
				return s.Run(cmd.Context(), streams(cmd), append(g.withJSON([]string{"preview"}), args...)...)
			}
			err = s.PreviewOffline(cmd.Context(), streams(cmd), g.withJSON(args)...)
			if errors.Is(err, stack.ErrNoConfig) {
				return usageError{err}
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&offline, "offline", false, "no login, no account: preview the stack as if it were new")
	return cmd
}
