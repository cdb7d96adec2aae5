package gcpgrid

import (
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// rotationPeriod is 90 days, which Google advises for keys that people make
	// (Cloud KMS, key rotation).
	rotationPeriod = "7776000s"
	// encrypt is the role to encrypt and decrypt with one key (Cloud KMS,
	// permissions and roles).
	encrypt = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
)

// agents are what the services act as that encrypt with the stack's key, by the
// service, without the project's number (IAM, service agents).
var agents = []struct{ service, format string }{
	{"pubsub", "service-%s@gcp-sa-pubsub.iam.gserviceaccount.com"},
	{"storage", "service-%s@gs-project-accounts.iam.gserviceaccount.com"},
	{"disks", "service-%s@compute-system.iam.gserviceaccount.com"},
	{"files", "service-%s@cloud-filer.iam.gserviceaccount.com"},
	{"images", "service-%s@gcp-sa-artifactregistry.iam.gserviceaccount.com"},
	{"functions", "service-%s@serverless-robot-prod.iam.gserviceaccount.com"},
}

// buildKey makes the one key of the stack, which everything that can is
// encrypted with. Without one, Google encrypts with keys of its own, at no cost.
//
// Neither a ring nor a key can ever be deleted; Pulumi forgets the ring and
// destroys the versions of the key, 24 hours or more after it was asked to, and
// what they encrypted is lost with them (Cloud KMS, destroy and restore key
// versions).
func (p *plan) buildKey() error {
	if p.options.Encryption != EncryptionKey {
		return nil
	}
	ring, err := kms.NewKeyRing(p.ctx, p.child("keys"), &kms.KeyRingArgs{
		Project: pulumi.String(p.options.Project), Location: pulumi.String(p.options.Region),
	}, p.parent)
	if err != nil {
		return err
	}
	key, err := kms.NewCryptoKey(p.ctx, p.child("key"), &kms.CryptoKeyArgs{
		KeyRing: ring.ID(), RotationPeriod: pulumi.String(rotationPeriod), Labels: pulumi.ToStringMap(p.options.Labels),
	}, p.parent, pulumi.Protect(p.options.ProtectKey))
	if err != nil {
		return err
	}
	// Who names the key waits until all services may use it.
	ready := []any{key.ID()}
	for _, agent := range agents {
		m, err := kms.NewCryptoKeyIAMMember(p.ctx, p.child("key-for-"+agent.service), &kms.CryptoKeyIAMMemberArgs{
			CryptoKeyId: key.ID(), Role: pulumi.String(encrypt), Member: pulumi.Sprintf("serviceAccount:"+agent.format, p.options.ProjectNumber),
		}, p.parent)
		if err != nil {
			return err
		}
		ready = append(ready, m.ID())
	}
	p.key = pulumi.All(ready...).ApplyT(func(v []any) string { return string(v[0].(pulumi.ID)) }).(pulumi.StringOutput)
	return nil
}
