package rules

import "testing"

func TestNoKeysThatStayAreMade(t *testing.T) {
	examples := []example{
		{name: "a machine without", stack: some(awsTemplate, `{"keyName":""}`)},
		{name: "a machine with", stack: some(awsInstance, `{"keyName":"mine"}`), want: []string{`keyName is "mine", want none`}},
		{name: "unknown", stack: some(awsTemplate, `{"keyName":"?"}`)},
	}
	for kind, instead := range keyTypes {
		examples = append(examples, example{name: kind, stack: some(kind, `{}`), want: []string{"want none: " + instead}})
	}
	table(t, noStaticKeys, examples)
}
