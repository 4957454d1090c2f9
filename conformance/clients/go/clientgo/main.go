// Program clientgo makes the tour with k8s.io/client-go, in the content types that it speaks of itself: protobuf where it is typed.
package main

import (
	"context"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"pinnace.dev/conformance/clients/steps"
)

// clients is what every step works with.
type clients struct {
	config    *rest.Config
	typed     kubernetes.Interface
	dynamic   dynamic.Interface
	namespace string
}

func main() {
	tour := &steps.Tour{}
	defer tour.End()
	c := &clients{}
	tour.Begin("config", c.connect)
	if c.namespace == "" {
		return
	}
	defer c.remove()

	tour.Step("typed", c.typedObjects)
	tour.Step("dynamic", c.dynamicObjects)
	tour.Step("pages", c.pages)
	tour.Step("watch", c.watch)
	tour.Step("informer", c.informer)
	tour.Step("conflict", c.conflict)
	tour.Step("json patch", c.jsonPatch)
	tour.Step("merge patch", c.mergePatch)
	tour.Step("strategic merge patch", c.strategicMergePatch)
	tour.Step("apply", c.apply)
	tour.Step("status", c.status)
	tour.Step("scale", c.scale)
	tour.Step("logs", c.logs)
	tour.Step("exec", c.exec)
	tour.Step("exec exit code", c.execExitCode)
	tour.Step("exec stdin", c.execStdin)
	tour.Step("port-forward", c.portForward)
	tour.Step("eviction", c.eviction)
	tour.Step("orphan", c.orphan)
	tour.Step("foreground", c.foreground)
	tour.Step("deletecollection", c.deleteCollection)
	tour.Step("leader election", c.leaderElection)
	tour.Step("protobuf", c.protobuf)
	tour.Step("not found", c.notFound)
	tour.Step("already exists", c.alreadyExists)
	tour.Step("invalid", c.invalid)
	tour.Step("forbidden", c.forbidden)
}

// connect reads KUBECONFIG, and makes the namespace of the tour.
func (c *clients) connect(ctx context.Context) error {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	config.QPS = -1
	c.config = config
	if c.typed, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	if c.dynamic, err = dynamic.NewForConfig(config); err != nil {
		return err
	}
	version, err := c.typed.Discovery().ServerVersion()
	if err != nil {
		return err
	}
	if err := steps.Expect("major version", version.Major, "1"); err != nil {
		return err
	}
	return c.makeNamespace(ctx)
}

// makeNamespace waits for the service account in it, without which it takes no pods. It is made in JSON, so that a server
// that speaks no protobuf fails at the steps that are about that.
func (c *clients) makeNamespace(ctx context.Context) error {
	asJSON := rest.CopyConfig(c.config)
	asJSON.ContentType = "application/json"
	client, err := kubernetes.NewForConfig(asJSON)
	if err != nil {
		return err
	}
	wanted := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "tour-client-go-"}}
	namespace, err := client.CoreV1().Namespaces().Create(ctx, wanted, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	c.namespace = namespace.Name
	return steps.Eventually(ctx, func(ctx context.Context) error {
		_, err := client.CoreV1().ServiceAccounts(c.namespace).Get(ctx, "default", metav1.GetOptions{})
		return err
	})
}

func (c *clients) remove() {
	if err := c.typed.CoreV1().Namespaces().Delete(context.Background(), c.namespace, metav1.DeleteOptions{}); err != nil {
		fmt.Fprintln(os.Stderr, "the namespace", c.namespace, "is left behind:", err)
	}
}
