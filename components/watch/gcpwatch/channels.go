package gcpwatch

import (
	"fmt"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/monitoring"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/pubsub"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// longestSeconds is the longest that a subscription keeps a message (Pub/Sub
// documentation, Subscription properties: 31 days).
const longestSeconds = 31 * 24 * 3600

// buildTopic keeps what is said, whoever reads it.
func (p *plan) buildTopic() error {
	args := &pubsub.TopicArgs{Project: pulumi.String(p.options.Project), Labels: p.labels()}
	if p.options.KMSKeyName != nil {
		args.KmsKeyName = p.options.KMSKeyName.ToStringOutput()
	}
	protect := pulumi.Protect(p.options.Protect)
	topic, err := pubsub.NewTopic(p.ctx, p.child("notices"), args, p.parent, protect)
	if err != nil {
		return err
	}
	p.topic = pulumi.Sprintf("projects/%s/topics/%s", p.options.Project, topic.Name)
	_, err = pubsub.NewSubscription(p.ctx, p.child("notices"), &pubsub.SubscriptionArgs{
		Project: pulumi.String(p.options.Project), Topic: p.topic, MessageRetentionDuration: pulumi.String(fmt.Sprintf("%ds", longestSeconds)),
		ExpirationPolicy: pubsub.SubscriptionExpirationPolicyArgs{Ttl: pulumi.String("")}, Labels: p.labels(),
	}, p.parent, protect)
	if err != nil {
		return err
	}
	// Who publishes in the name of Cloud Monitoring (Cloud Monitoring, create and
	// manage notification channels, Pub/Sub).
	_, err = pubsub.NewTopicIAMMember(p.ctx, p.child("notices-from-monitoring"), &pubsub.TopicIAMMemberArgs{
		Topic: p.topic, Role: pulumi.String("roles/pubsub.publisher"),
		Member: pulumi.String("serviceAccount:service-" + p.options.ProjectNumber + "@gcp-sa-monitoring-notification.iam.gserviceaccount.com"),
	}, p.parent)
	return err
}

// buildChannels makes one for each that is told; the topic is the first, since it
// is always there.
func (p *plan) buildChannels() error {
	if err := p.buildChannel("to-topic", "pubsub", pulumi.StringMap{"topic": p.topic}); err != nil {
		return err
	}
	for i, m := range p.args.Mails {
		if err := p.buildChannel(fmt.Sprintf("email-%d", i+1), "email", pulumi.StringMap{"email_address": pulumi.String(m)}); err != nil {
			return err
		}
	}
	for i, w := range p.args.Webhooks {
		if err := p.buildChannel(fmt.Sprintf("https-%d", i+1), "webhook_tokenauth", pulumi.StringMap{"url": pulumi.String(w)}); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) buildChannel(child, typ string, labels pulumi.StringMap) error {
	c, err := monitoring.NewNotificationChannel(p.ctx, p.child(child), &monitoring.NotificationChannelArgs{
		Project: pulumi.String(p.options.Project), Type: pulumi.String(typ), DisplayName: pulumi.String(p.child(child)),
		Labels: labels, UserLabels: p.labels(),
	}, p.parent)
	if err == nil {
		p.channels = append(p.channels, c.Name)
	}
	return err
}
