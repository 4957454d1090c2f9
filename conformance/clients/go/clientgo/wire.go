package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"pinnace.dev/conformance/clients/steps"
)

const protobuf = "application/vnd.kubernetes.protobuf"

type roundTripper func(*http.Request) (*http.Response, error)

func (do roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return do(request) }

// protobuf writes, reads, lists and watches, and looks at the content types that went to and fro.
func (c *clients) protobuf(ctx context.Context) error {
	var others []string
	config := rest.CopyConfig(c.config)
	config.ContentType = protobuf
	config.AcceptContentTypes = protobuf
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(request *http.Request) (*http.Response, error) {
			answer, err := next.RoundTrip(request)
			if err == nil && !strings.HasPrefix(answer.Header.Get("Content-Type"), protobuf) {
				others = append(others, fmt.Sprint(request.Method, " ", request.URL.Path, " ", answer.Status, " ", answer.Header.Get("Content-Type")))
			}
			return answer, err
		})
	})
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	maps := client.CoreV1().ConfigMaps(c.namespace)
	wanted := c.configMap("protobuf", map[string]string{"a": "1"}, nil)
	wanted.BinaryData = map[string][]byte{"b": {0, 255}}
	made, err := maps.Create(ctx, wanted, metav1.CreateOptions{})
	if err != nil {
		return errors.Join(err, fmt.Errorf("not in protobuf: %v", others))
	}
	stream, err := maps.Watch(ctx, metav1.ListOptions{ResourceVersion: made.ResourceVersion})
	if err != nil {
		return err
	}
	defer stream.Stop()
	made.Data["a"] = "2"
	if _, err := maps.Update(ctx, made, metav1.UpdateOptions{}); err != nil {
		return err
	}
	select {
	case event := <-stream.ResultChan():
		changed, isMap := event.Object.(*corev1.ConfigMap)
		if !isMap || changed.Data["a"] != "2" {
			return fmt.Errorf("the watch said %s %v", event.Type, event.Object)
		}
	case <-ctx.Done():
		return ctx.Err()
	}
	list, err := maps.List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=protobuf"})
	if err != nil {
		return err
	}
	if err := steps.Expect("listed", len(list.Items), 1); err != nil {
		return err
	}
	_, missing := maps.Get(ctx, "missing", metav1.GetOptions{})
	return errors.Join(
		steps.Expect("data", fmt.Sprint(list.Items[0].Data, list.Items[0].BinaryData), "map[a:2] map[b:[0 255]]"),
		steps.Expect("a Status in protobuf", string(apierrors.ReasonForError(missing)), "NotFound"),
		steps.Expect("answers in other content types", fmt.Sprint(others), "[]"),
	)
}

// refused looks at what an error says.
func refused(err error, code int32, reason metav1.StatusReason, words string) error {
	var status *apierrors.StatusError
	if !errors.As(err, &status) {
		return fmt.Errorf("%v is no Status", err)
	}
	return errors.Join(
		steps.Expect("code", status.ErrStatus.Code, code),
		steps.Expect("reason", status.ErrStatus.Reason, reason),
		steps.Expect("message", status.ErrStatus.Message, words),
	)
}

func (c *clients) notFound(ctx context.Context) error {
	_, err := c.typed.CoreV1().ConfigMaps(c.namespace).Get(ctx, "missing", metav1.GetOptions{})
	return refused(err, http.StatusNotFound, metav1.StatusReasonNotFound, `configmaps "missing" not found`)
}

func (c *clients) alreadyExists(ctx context.Context) error {
	if _, err := c.make(ctx, "twice", nil); err != nil {
		return err
	}
	_, err := c.make(ctx, "twice", nil)
	return refused(err, http.StatusConflict, metav1.StatusReasonAlreadyExists, `configmaps "twice" already exists`)
}

func (c *clients) invalid(ctx context.Context) error {
	_, err := c.make(ctx, "Not-A-Name", nil)
	const words = `ConfigMap "Not-A-Name" is invalid: metadata.name: Invalid value: "Not-A-Name": a lowercase RFC 1123 subdomain must ` +
		`consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character ` +
		`(e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`
	return refused(err, http.StatusUnprocessableEntity, metav1.StatusReasonInvalid, words)
}

// forbidden asks with the token of a service account that may nothing.
func (c *clients) forbidden(ctx context.Context) error {
	request := &authenticationv1.TokenRequest{}
	token, err := c.typed.CoreV1().ServiceAccounts(c.namespace).CreateToken(ctx, "default", request, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	config := rest.AnonymousClientConfig(c.config)
	config.BearerToken = token.Status.Token
	nobody, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	_, err = nobody.CoreV1().Secrets(c.namespace).List(ctx, metav1.ListOptions{})
	words := fmt.Sprintf(`secrets is forbidden: User "system:serviceaccount:%s:default" cannot list resource "secrets" in API group "" `+
		`in the namespace "%[1]s"`, c.namespace)
	return refused(err, http.StatusForbidden, metav1.StatusReasonForbidden, words)
}
