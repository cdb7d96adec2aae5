package pubsubqueue

import (
	"fmt"
	"net/url"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/pubsub"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// url is what a workload opens: pubsub://PROJECT/SUBSCRIPTION?topic=TOPIC. One
// URL serves those who receive, from the subscription, and those who send, to
// the topic. It is known when both are there: what is sent to a topic without a
// subscription is lost.
func (d *Driver) url(s *pubsub.Subscription, t *pubsub.Topic) pulumi.StringOutput {
	return pulumi.Sprintf("pubsub://%s/%s?topic=%s", d.options.Project, s.Name, t.Name)
}

// Topic is the path of the topic in a queue's URL, projects/P/topics/T: for
// grants, and for what else publishes to the queue or hangs on its topic.
func Topic(queueURL pulumi.StringInput) pulumi.StringOutput {
	return queueURL.ToStringOutput().ApplyT(topicOf).(pulumi.StringOutput)
}

func topicOf(queueURL string) (string, error) {
	u, err := url.Parse(queueURL)
	if err != nil || u.Scheme != "pubsub" || u.Host == "" || u.Query().Get("topic") == "" {
		return "", fmt.Errorf("reading queue's URL %q: want pubsub://PROJECT/SUBSCRIPTION?topic=TOPIC or pubsub://PROJECT?topic=TOPIC", queueURL)
	}
	return fmt.Sprintf("projects/%s/topics/%s", u.Host, u.Query().Get("topic")), nil
}

// sendURL is that of a queue which only takes jobs here.
func (d *Driver) sendURL(t *pubsub.Topic) pulumi.StringOutput {
	return pulumi.Sprintf("pubsub://%s?topic=%s", d.options.Project, t.Name)
}
