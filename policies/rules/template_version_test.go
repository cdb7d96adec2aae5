package rules

import "testing"

func TestTemplateVersionsAreNumbers(t *testing.T) {
	spec := func(version string) string {
		return replace(`{"mixedInstancesPolicy":{"launchTemplate":{"launchTemplateSpecification":{"launchTemplateId":"lt",%}}}}`, version)
	}
	table(t, templateVersion, []example{
		{name: "a number", stack: some(awsGroup, spec(`"version":"3"`))},
		{name: "the latest", stack: some(awsGroup, spec(`"version":"$Latest"`)), want: []string{`version is "$Latest", want a number`}},
		{name: "the default", stack: some(awsGroup, spec(`"a":"b"`)), want: []string{"version is missing"}},
		{name: "without a mixed policy", stack: some(awsGroup, `{"launchTemplate":{"id":"lt","version":"$Default"}}`), want: []string{"launchTemplate.version"}},
		{name: "unknown", stack: some(awsGroup, spec(`"version":"?"`)), undecided: []string{"version is not known yet"}},
		{name: "no template", stack: some(awsGroup, `{}`)},
	})
}
