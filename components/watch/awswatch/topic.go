package awswatch

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/policydoc"
)

// buildTopic makes the topic that everything tells.
func (p *plan) buildTopic() (err error) {
	args := &sns.TopicArgs{Tags: p.tags("notices")}
	if p.options.KMSKeyARN != nil {
		args.KmsMasterKeyId = p.options.KMSKeyARN.ToStringOutput()
	}
	if p.topic, err = sns.NewTopic(p.ctx, p.child("notices"), args, p.parent); err != nil {
		return err
	}
	document, err := policydoc.Document(p.topicStatements()...)
	if err != nil {
		return err
	}
	_, err = sns.NewTopicPolicy(p.ctx, p.child("notices-policy"), &sns.TopicPolicyArgs{Arn: p.topic.Arn, Policy: document}, p.parent)
	return err
}

// topicStatements let the services of this account tell the topic, and nobody by
// plain text.
func (p *plan) topicStatements() []policydoc.Statement {
	topic := []pulumi.StringInput{p.topic.Arn}
	list := []policydoc.Statement{{
		Sid: "RefusePlainText", Reason: "who changes a notice on the wire hides what happened",
		Deny: true, Principal: map[string]pulumi.StringInput{"AWS": pulumi.String("*")},
		Actions: []string{"sns:Publish"}, Resources: topic,
		Conditions: map[string]map[string]pulumi.StringInput{"Bool": {"aws:SecureTransport": pulumi.String("false")}},
	}}
	for _, service := range Services {
		name, _, _ := strings.Cut(service, ".")
		list = append(list, policydoc.Statement{
			Sid: "Tell" + strings.ToUpper(name[:1]) + name[1:], Reason: "alarms, events and budgets of this account tell the topic, and those of no other",
			Principal: map[string]pulumi.StringInput{"Service": pulumi.String(service)},
			Actions:   []string{"sns:Publish"}, Resources: topic,
			Conditions: map[string]map[string]pulumi.StringInput{"StringEquals": {"aws:SourceAccount": p.options.AccountID}},
		})
	}
	return list
}

// buildSubscriptions tell people, who have to confirm by a link in the first
// mail, and webhooks, which have to answer the first call (SNS developer guide,
// confirm a subscription).
func (p *plan) buildSubscriptions() error {
	for protocol, all := range map[string][]string{"email": p.args.Mails, "https": p.args.Webhooks} {
		for i, endpoint := range all {
			_, err := sns.NewTopicSubscription(p.ctx, p.child(fmt.Sprintf("%s-%d", protocol, i+1)), &sns.TopicSubscriptionArgs{
				Topic: p.topic.Arn, Protocol: pulumi.String(protocol), Endpoint: pulumi.String(endpoint),
			}, p.parent)
			if err != nil {
				return err
			}
		}
	}
	return nil
}
