// Command policies is the pack of rules that stacks are held against:
// `pulumi preview --policy-pack policies --policy-pack-config policies/config/dev.json`.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"

	"github.com/spotgrid/spotgrid/policies/pack"
	"github.com/spotgrid/spotgrid/policies/rules"
)

func main() {
	if err := policyx.Main(pack.New(rules.All(), time.Now)); err != nil {
		fmt.Fprintln(os.Stderr, "policies:", err)
		os.Exit(1)
	}
}
