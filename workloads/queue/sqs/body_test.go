package sqs

import (
	"bytes"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"
)

func TestEncode(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, text, encoding string }{
		"JSON":                           {`{"id": "a"}`, `{"id": "a"}`, ""},
		"white space":                    {"a\t\r\n", "a\t\r\n", ""},
		"beyond ASCII":                   {"é€\U0001f600\ufffd", "é€\U0001f600\ufffd", ""},
		"looks like base64":              {"YQ==", "YQ==", ""},
		"the placeholder":                {"-", "-", ""},
		"empty":                          {"", "-", "empty"},
		"not UTF-8":                      {"\xff\xfe", "//4=", "base64"},
		"a control character":            {"a\x00", "YQA=", "base64"},
		"a character XML does not allow": {"\uffff", "77+/", "base64"},
		"a surrogate":                    {"\xed\xa0\x80", "7aCA", "base64"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := encode([]byte(c.body))
			require.Equal(t, c.text, got.text)
			if c.encoding == "" {
				require.Nil(t, got.attributes)
				require.Equal(t, len(c.text), got.size())
			} else {
				require.Equal(t, c.encoding, *got.attributes["spotgrid-encoding"].StringValue)
				require.Equal(t, len(c.text)+29, got.size())
			}
			require.Equal(t, c.body, string(decode(received(got))))
		})
	}
}

func received(e encoded) types.Message {
	return types.Message{Body: &e.text, MessageAttributes: e.attributes}
}

func TestDecodeLeavesWhatIsWronglyMarked(t *testing.T) {
	t.Parallel()
	for _, encoding := range []string{encodingBase64, encodingEmpty, "another"} {
		require.Equal(t, "{}", string(decode(received(encoded{"{}", marked(encoding)}))), encoding)
	}
}

func TestLargestBodyOfAnyBytesFits(t *testing.T) {
	t.Parallel()
	for _, messageBytes := range []int{1024, 1025, 1026, 1027, maxMessageBytes} {
		most := maxBodyBytes(messageBytes)
		require.LessOrEqual(t, encode(bytes.Repeat([]byte{0xff}, most)).size(), messageBytes)
		require.Greater(t, encode(bytes.Repeat([]byte{0xff}, most+1)).size(), messageBytes)
	}
}

func FuzzBodyRoundTrip(f *testing.F) {
	for _, seed := range []string{"", "-", "a\x00", "\xff", `{"a": 1}`, "\uffff", "\xed\xa0\x80"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e := encode(body)
		require.NotEmpty(t, e.text)
		require.True(t, isText([]byte(e.text)), "SQS would refuse %q", e.text)
		require.True(t, bytes.Equal(body, decode(received(e))))
	})
}
