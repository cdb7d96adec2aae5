package awstest

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAStatementThatAllowsTooMuchIsAFault(t *testing.T) {
	t.Parallel()
	tls := map[string]map[string]string{"Bool": {"aws:SecureTransport": "true"}}
	for name, c := range map[string]struct {
		statement Statement
		want      []string
	}{
		"nothing named":          {Statement{}, []string{"no sid or no action"}},
		"every action":           {Statement{Sid: "S", Action: []string{"*"}}, []string{"action *"}},
		"a service's actions":    {Statement{Sid: "S", Action: []string{"sqs:*"}}, []string{"action sqs:*"}},
		"every resource":         {Statement{Sid: "S", Action: []string{"a:B"}, Resource: []string{"*"}}, []string{"every resource without a condition"}},
		"everybody":              {Statement{Sid: "S", Effect: "Allow", Action: []string{"a:B"}, Principal: map[string]string{"AWS": "*"}}, []string{"everybody without a condition"}},
		"everybody, on terms":    {Statement{Sid: "S", Effect: "Allow", Action: []string{"a:B"}, Principal: map[string]string{"AWS": "*"}, Condition: tls}, nil},
		"what a worker is given": {Statement{Sid: "S", Effect: "Allow", Action: []string{"sqs:SendMessage"}, Resource: []string{"arn:aws:sqs:::q"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, c.statement.faults())
		})
	}
}
