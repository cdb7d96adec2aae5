package policydoc_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/policydoc"
)

func valid() policydoc.Statement {
	return policydoc.Statement{
		Sid: "Send", Reason: "producers put jobs in", Actions: []string{"sqs:SendMessage"},
		Resources:  []pulumi.StringInput{pulumi.String("arn:aws:sqs:eu-west-1:123456789012:jobs")},
		Conditions: map[string]map[string]pulumi.StringInput{"Bool": {"aws:SecureTransport": pulumi.String("true")}},
	}
}

func TestADocumentIsWhatAWSReads(t *testing.T) {
	t.Parallel()
	deny := valid()
	deny.Sid, deny.Deny = "Refuse", true
	deny.Principal = map[string]pulumi.StringInput{"AWS": pulumi.String("*")}
	out, err := policydoc.Document(valid(), deny)
	require.NoError(t, err)
	r, err := internals.UnsafeAwaitOutput(t.Context(), out)
	require.NoError(t, err)
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[
		{"Sid":"Send","Effect":"Allow","Action":["sqs:SendMessage"],
		 "Resource":["arn:aws:sqs:eu-west-1:123456789012:jobs"],"Condition":{"Bool":{"aws:SecureTransport":"true"}}},
		{"Sid":"Refuse","Effect":"Deny","Principal":{"AWS":"*"},"Action":["sqs:SendMessage"],
		 "Resource":["arn:aws:sqs:eu-west-1:123456789012:jobs"],"Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}`, r.Value.(string))
}

func TestAStatementThatAllowsTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*policydoc.Statement)
		want  string
	}{
		"no reason":                    {func(s *policydoc.Statement) { s.Reason = "" }, "no reason"},
		"no sid":                       {func(s *policydoc.Statement) { s.Sid = "" }, "no sid"},
		"no action":                    {func(s *policydoc.Statement) { s.Actions = nil }, "no action"},
		"every action":                 {func(s *policydoc.Statement) { s.Actions = []string{"*"} }, `action is "*"`},
		"every action of a service":    {func(s *policydoc.Statement) { s.Actions = []string{"sqs:*"} }, `action is "sqs:*"`},
		"no resource and no principal": {func(s *policydoc.Statement) { s.Resources = nil }, "neither a resource nor a principal"},
		"every resource, unconditionally": {func(s *policydoc.Statement) {
			s.Resources, s.Conditions = []pulumi.StringInput{pulumi.String("*")}, nil
		}, "resource is *"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := valid()
			c.spoil(&s)
			_, err := policydoc.Document(s)
			assert.ErrorContains(t, err, c.want)
		})
	}
	t.Run("all faults at once", func(t *testing.T) {
		t.Parallel()
		s := valid()
		s.Reason, s.Actions = "", []string{"sqs:*"}
		_, err := policydoc.Document(s, valid(), valid())
		for _, want := range []string{"no reason", "sqs:*", `"Send" is there twice`} {
			assert.ErrorContains(t, err, want)
		}
	})
}
