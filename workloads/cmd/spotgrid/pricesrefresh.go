package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
	"github.com/spotgrid/spotgrid/workloads/pricing"
	"github.com/spotgrid/spotgrid/workloads/pricing/aws"
	"github.com/spotgrid/spotgrid/workloads/pricing/gcp"
)

const refreshHelp = `Ask the clouds what machines cost now, with your own credentials, and keep the
answers in a price book of your own, which goes before the program's. Prices of
other regions stay, and so do those of services, which are not asked for.

AWS is asked for prices on demand and for seven days of spot prices (permissions
pricing:GetProducts and ec2:DescribeSpotPriceHistory); Google Cloud for its
billing catalog (the project needs the Cloud Billing API). Machine types are
those that the book knows of the cloud. The environment variables
AWS_ENDPOINT_URL and SPOTGRID_GCP_BILLING_ENDPOINT send the questions elsewhere.`

// refreshTimeout bounds one region: AWS has some dozens of pages of each.
const refreshTimeout = 5 * time.Minute

// refresh is what the command's flags say.
type refresh struct {
	cloud   string
	regions []string
}

func pricesRefreshCommand(g *globals) *cobra.Command {
	f := &refresh{}
	cmd := &cobra.Command{
		Use: "refresh --cloud CLOUD [--region REGION...]", Short: "Ask a cloud what machines cost now", Long: refreshHelp,
		Example: "  spotgrid prices refresh --cloud aws --region us-east-1\n  spotgrid prices refresh --cloud gcp",
		Args:    args(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return f.run(cmd, g) },
	}
	cmd.Flags().StringVar(&f.cloud, "cloud", "", "`aws` or gcp")
	cmd.Flags().StringSliceVar(&f.regions, "region", nil, "`region` to ask for; all that the book knows without it")
	return cmd
}

func (f *refresh) run(cmd *cobra.Command, g *globals) error {
	file, err := pricing.UserFile()
	if err != nil {
		return err
	}
	known, err := pricing.Embedded()
	if err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return usageError{err}
	}
	if len(f.regions) == 0 {
		f.regions = regionsOf(known, f.cloud)
	}
	own, err := pricing.LoadUser(file)
	if err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "spotgrid: %v; it is written anew\n", err)
		own = &pricing.Book{}
	}
	total := 0
	for _, region := range f.regions {
		b, err := f.ask(cmd.Context(), region, known)
		if err != nil {
			return err
		}
		total += len(b.Machines)
		own = own.Without(b.Sources).Overlay(b)
		if err := own.Save(file); err != nil {
			return err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "%s %s: %s\n", f.cloud, region, count(len(b.Machines), "machine type"))
	}
	if g.json {
		return printJSON(cmd.OutOrStdout(), map[string]any{"file": file, "cloud": f.cloud, "regions": f.regions, "machines": total})
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s in %s\n", count(total, "price"), file)
	return nil
}

// regionPattern is of both clouds' names: us-east-1, us-central1. They become part
// of a host's name.
var regionPattern = regexp.MustCompile(`^[a-z]+(-[a-z]+)+-?[0-9]+$`)

// check returns every fault of the flags.
func (f *refresh) check() error {
	var errs []error
	if f.cloud != "aws" && f.cloud != "gcp" {
		errs = append(errs, fmt.Errorf("--cloud is %q, want aws or gcp", f.cloud))
	}
	for _, region := range f.regions {
		if !regionPattern.MatchString(region) {
			errs = append(errs, fmt.Errorf("--region is %q, want one such as us-east-1 or us-central1", region))
		}
	}
	return errors.Join(errs...)
}

// ask takes one region at a time, so that what was answered is kept.
func (f *refresh) ask(ctx context.Context, region string, known *pricing.Book) (*pricing.Book, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, refreshTimeout, errors.New("the cloud took too long"))
	defer cancel()
	types := typesOf(known, f.cloud)
	if f.cloud == "gcp" {
		c := gcp.Catalog{Endpoint: envOr("SPOTGRID_GCP_BILLING_ENDPOINT", gcp.Endpoint), Client: http.DefaultClient, Token: gcp.DefaultToken}
		b, _, err := c.Book(ctx, types, []string{region}, time.Now())
		if err == nil && len(b.Machines) == 0 {
			err = fmt.Errorf("the Cloud Billing Catalog has no price in %q of any machine type that the book knows", region)
		}
		return b, err
	}
	config, err := awsclient.Config(ctx, region)
	if err != nil {
		return nil, err
	}
	if endpoint := os.Getenv("AWS_ENDPOINT_URL"); endpoint != "" {
		config.BaseEndpoint = &endpoint
	}
	var names []string
	for _, m := range types {
		names = append(names, m.Type)
	}
	return aws.NewClient(config, http.DefaultClient, time.Now).Machines(ctx, region, names)
}

// typesOf are a cloud's machine types that the book knows, each once.
func typesOf(b *pricing.Book, cloud string) []pricing.Machine {
	var types []pricing.Machine
	there := map[string]bool{}
	for _, m := range b.Machines {
		if m.Cloud == cloud && !there[m.Type] {
			there[m.Type] = true
			types = append(types, m)
		}
	}
	return types
}

// regionsOf are those that the book has machines of.
func regionsOf(b *pricing.Book, cloud string) []string {
	var regions []string
	for _, m := range b.Machines {
		if m.Cloud == cloud && !slices.Contains(regions, m.Region) {
			regions = append(regions, m.Region)
		}
	}
	return regions
}
