package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/client-go/util/exec"

	"pinnace.dev/conformance/clients/steps"
)

// image is what pods run: something with a busybox in it.
func image() string {
	if given := os.Getenv("CONFORMANCE_IMAGE"); given != "" {
		return given
	}
	return "busybox:1.37"
}

// pod runs one container that speaks and sleeps, and one that serves HTTP.
func (c *clients) pod(ctx context.Context, name string) (*corev1.Pod, error) {
	pods := c.typed.CoreV1().Pods(c.namespace)
	got, err := pods.Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		grace := int64(1)
		got, err = pods.Create(ctx, &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			Spec: corev1.PodSpec{
				TerminationGracePeriodSeconds: &grace,
				Containers: []corev1.Container{
					{Name: "app", Image: image(), Command: []string{"sh", "-c", "echo hello; sleep 3600"}},
					{Name: "web", Image: image(), Command: []string{"httpd", "-f", "-p", "8080"}},
				},
			},
		}, metav1.CreateOptions{})
	}
	if err != nil {
		return nil, err
	}
	return got, steps.Eventually(ctx, func(ctx context.Context) error {
		if got, err = pods.Get(ctx, name, metav1.GetOptions{}); err != nil {
			return err
		}
		for _, condition := range got.Status.Conditions {
			if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
				return nil
			}
		}
		return fmt.Errorf("pod %s is %s and not Ready", name, got.Status.Phase)
	})
}

// realPod is the pod of the tour, unless the node only pretends to run it.
func (c *clients) realPod(ctx context.Context) error {
	pod, err := c.pod(ctx, "tour")
	if err != nil {
		return err
	}
	node, err := c.typed.CoreV1().Nodes().Get(ctx, pod.Spec.NodeName, metav1.GetOptions{})
	if err == nil && strings.HasPrefix(node.Status.NodeInfo.ContainerRuntimeVersion, "simulated://") {
		return steps.Skip("the node runs no containers")
	}
	return err
}

func (c *clients) logs(ctx context.Context) error {
	if _, err := c.pod(ctx, "tour"); err != nil {
		return err
	}
	lines := int64(1)
	options := &corev1.PodLogOptions{Container: "app", TailLines: &lines}
	text, err := c.typed.CoreV1().Pods(c.namespace).GetLogs("tour", options).DoRaw(ctx)
	return errors.Join(err, steps.Expect("log", string(text), "hello\n"))
}

func (c *clients) podRequest(subresource string) *rest.Request {
	return c.typed.CoreV1().RESTClient().Post().Namespace(c.namespace).Resource("pods").Name("tour").SubResource(subresource)
}

// run runs a command in the pod of the tour, over both protocols: what it printed must be the same.
func (c *clients) run(ctx context.Context, input io.ReadSeeker, command ...string) (string, error) {
	options := &corev1.PodExecOptions{Container: "app", Command: command, Stdin: input != nil, Stdout: true, Stderr: true}
	target := c.podRequest("exec").VersionedParams(options, scheme.ParameterCodec).URL()
	overWebSocket, err := remotecommand.NewWebSocketExecutor(c.config, http.MethodGet, target.String())
	if err != nil {
		return "", err
	}
	overSPDY, err := remotecommand.NewSPDYExecutor(c.config, http.MethodPost, target)
	if err != nil {
		return "", err
	}
	var printed [2]bytes.Buffer
	var ends [2]error
	for n, executor := range []remotecommand.Executor{overWebSocket, overSPDY} {
		streams := remotecommand.StreamOptions{Stdout: &printed[n], Stderr: io.Discard}
		if input != nil {
			if _, err := input.Seek(0, io.SeekStart); err != nil {
				return "", err
			}
			streams.Stdin = input
		}
		ends[n] = executor.StreamWithContext(ctx, streams)
	}
	if err := steps.Expect("end over SPDY, as over WebSocket", fmt.Sprint(ends[1]), fmt.Sprint(ends[0])); err != nil {
		return "", err
	}
	return printed[0].String(), errors.Join(ends[0], steps.Expect("printed over SPDY, as over WebSocket", printed[1].String(), printed[0].String()))
}

func (c *clients) exec(ctx context.Context) error {
	if _, err := c.pod(ctx, "tour"); err != nil {
		return err
	}
	printed, err := c.run(ctx, nil, "echo", "hello")
	return errors.Join(err, steps.Expect(fmt.Sprintf("%q says hello", printed), strings.Contains(printed, "hello"), true))
}

func (c *clients) execExitCode(ctx context.Context) error {
	if err := c.realPod(ctx); err != nil {
		return err
	}
	_, err := c.run(ctx, nil, "sh", "-c", "exit 7")
	var end exec.CodeExitError
	if !errors.As(err, &end) {
		return fmt.Errorf("no exit code, but %v", err)
	}
	return steps.Expect("exit code", end.Code, 7)
}

func (c *clients) execStdin(ctx context.Context) error {
	if err := c.realPod(ctx); err != nil {
		return err
	}
	printed, err := c.run(ctx, strings.NewReader("to and fro\n"), "cat")
	return errors.Join(err, steps.Expect("printed", printed, "to and fro\n"))
}

// portForward speaks HTTP with the pod, over both protocols.
func (c *clients) portForward(ctx context.Context) error {
	if err := c.realPod(ctx); err != nil {
		return err
	}
	target := c.podRequest("portforward").URL()
	overWebSocket, err := portforward.NewSPDYOverWebsocketDialer(target, c.config)
	if err != nil {
		return err
	}
	transport, upgrader, err := spdy.RoundTripperFor(c.config)
	if err != nil {
		return err
	}
	overSPDY := spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, target)
	return errors.Join(forwardOver(ctx, overWebSocket), forwardOver(ctx, overSPDY))
}

func forwardOver(ctx context.Context, dialer httpstream.Dialer) error {
	stop, ready, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	forwarder, err := portforward.New(dialer, []string{"0:8080"}, stop, ready, io.Discard, io.Discard)
	if err != nil {
		return err
	}
	go func() { ended <- forwarder.ForwardPorts() }()
	select {
	case <-ready:
	case err := <-ended:
		return fmt.Errorf("ended before it was ready: %w", err)
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { close(stop); <-ended }()
	ports, err := forwarder.GetPorts()
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/etc/passwd", ports[0].Local), nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return steps.Expect("status", answer.StatusCode, http.StatusOK)
}

func (c *clients) eviction(ctx context.Context) error {
	if _, err := c.pod(ctx, "evicted"); err != nil {
		return err
	}
	eviction := &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "evicted", Namespace: c.namespace}}
	if err := c.typed.PolicyV1().Evictions(c.namespace).Evict(ctx, eviction); err != nil {
		return err
	}
	return steps.Eventually(ctx, func(ctx context.Context) error {
		_, err := c.typed.CoreV1().Pods(c.namespace).Get(ctx, "evicted", metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("the evicted pod is still there: %w", err)
	})
}
