package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/pricing"
)

// loadBook is the price book with the user's own over it.
func loadBook() (*pricing.Book, error) {
	file, err := pricing.UserFile()
	if err != nil {
		return pricing.Embedded()
	}
	return pricing.Load(file)
}

const pricesHelp = `Show the price book that estimates are made by: what machines and services cost,
in US dollars, each price with its source and that source's date. The book that
comes with the program needs no network; 'spotgrid prices refresh' writes one of
the user's own (%s), whose prices are used instead.

Spot prices are shown as low, likely and high.`

// priceFlags say which prices to show.
type priceFlags struct{ cloud, region, match string }

func pricesCommand(g *globals) *cobra.Command {
	f := &priceFlags{}
	file, err := pricing.UserFile()
	if err != nil {
		file = "SPOTGRID_PRICES"
	}
	cmd := &cobra.Command{
		Use: "prices", Short: "Show what machines and services cost, and where that is known from",
		Long:    fmt.Sprintf(pricesHelp, file),
		Example: "  spotgrid prices --cloud aws --region us-east-1 --match c7g\n  spotgrid prices --match filestore\n  spotgrid prices refresh --cloud gcp --region us-central1",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			book, err := loadBook()
			if err != nil {
				return err
			}
			return f.show(cmd.OutOrStdout(), g.json, book, time.Now())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.cloud, "cloud", "", "only of `aws` or gcp")
	flags.StringVar(&f.region, "region", "", "only of this `region`")
	flags.StringVar(&f.match, "match", "", "only types and items with this `text`")
	cmd.AddCommand(pricesRefreshCommand(g))
	return cmd
}

// choose is the part of the book that the flags name.
func (f *priceFlags) choose(b *pricing.Book) *pricing.Book {
	keep := func(cloud, region, name string) bool {
		return (f.cloud == "" || cloud == f.cloud) && (f.region == "" || region == f.region || region == "*") && strings.Contains(name, f.match)
	}
	part := &pricing.Book{Sources: b.Sources}
	for _, m := range b.Machines {
		if keep(m.Cloud, m.Region, m.Type) {
			part.Machines = append(part.Machines, m)
		}
	}
	for _, p := range b.Prices {
		if keep(p.Cloud, p.Region, p.Item) {
			part.Prices = append(part.Prices, p)
		}
	}
	slices.SortStableFunc(part.Prices, func(a, b pricing.Price) int {
		return cmp.Or(cmp.Compare(a.Cloud, b.Cloud), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Item, b.Item))
	})
	return part.Overlay(&pricing.Book{}) // which drops sources of nothing
}

func (f *priceFlags) show(out io.Writer, asJSON bool, book *pricing.Book, now time.Time) error {
	part := f.choose(book)
	if asJSON {
		return printJSON(out, part)
	}
	if len(part.Machines)+len(part.Prices) == 0 {
		fmt.Fprintln(out, "no price in the book is of that")
		return nil
	}
	if len(part.Machines) > 0 {
		if err := showPricedMachines(out, part, now); err != nil {
			return err
		}
	}
	if len(part.Prices) > 0 {
		if err := showServices(out, part, now); err != nil {
			return err
		}
	}
	for _, text := range part.Warnings(now, func(string) bool { return true }) {
		fmt.Fprintln(out, "warning:", text)
	}
	return nil
}

func showPricedMachines(out io.Writer, b *pricing.Book, now time.Time) error {
	t := newTable(out, "CLOUD", "REGION", "MACHINE", "VCPUS", "GIB", "ON DEMAND", "SPOT LOW", "LIKELY", "HIGH", "SOURCE", "DAYS OLD")
	for _, m := range b.Machines {
		low, likely, high := m.SpotBand()
		t.row(m.Cloud, m.Region, m.Type, strconv.Itoa(m.VCPUs), strconv.FormatFloat(m.MemoryGiB, 'f', -1, 64),
			anHour(m.OnDemandHourlyUSD), anHour(low), anHour(likely), anHour(high), strings.Join(m.Sources, "+"), ages(b, m.Sources, now))
	}
	return t.flush()
}

func anHour(usd float64) string { return fmt.Sprintf("$%.4f", usd) }

func showServices(out io.Writer, b *pricing.Book, now time.Time) error {
	t := newTable(out, "CLOUD", "REGION", "ITEM", "USD", "FOR ONE", "SOURCE", "DAYS OLD")
	for _, p := range b.Prices {
		t.row(p.Cloud, p.Region, p.Item, strconv.FormatFloat(p.USD, 'f', -1, 64), p.Unit, p.Source, ages(b, []string{p.Source}, now))
	}
	return t.flush()
}

// ages are how old sources are, in days.
func ages(b *pricing.Book, sources []string, now time.Time) string {
	var days []string
	for _, id := range sources {
		if s, ok := b.Source(id); ok {
			days = append(days, strconv.Itoa(s.AgeDays(now)))
		}
	}
	return strings.Join(days, "+")
}
