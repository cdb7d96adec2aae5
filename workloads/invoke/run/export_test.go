package run

import "net/http"

// Through has the driver's calls go by another transport.
func (d *Driver) Through(t http.RoundTripper) *Driver {
	d.client.Transport = t
	return d
}
