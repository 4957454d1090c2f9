// Program reconciler makes the tour with sigs.k8s.io/controller-runtime: a manager with leader election, caches and a reconciler that
// keeps a ConfigMap for every Deployment, in the content types that it speaks of itself.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"pinnace.dev/conformance/clients/steps"
)

// world is what every step works with.
type world struct {
	config *rest.Config
	// client reads from the caches; direct asks the server.
	client, direct client.Client
	namespace      string
	wire           wire
	stop           context.CancelFunc
	stopped        chan error
}

func main() {
	ctrl.SetLogger(logr.Discard())
	tour := &steps.Tour{}
	defer tour.End()
	w := &world{}
	tour.Begin("config", w.connect)
	if w.namespace == "" {
		return
	}
	defer w.remove()
	tour.Begin("manager", w.start)
	if w.client == nil {
		return
	}
	tour.Step("reconcile", w.reconcile)
	tour.Step("follow", w.follow)
	tour.Step("mend", w.mend)
	tour.Step("cached list", w.cachedList)
	tour.Step("unstructured", w.unstructured)
	tour.Step("conflict", w.conflict)
	tour.Step("status", w.status)
	tour.Step("apply", w.apply)
	tour.Step("finalizer", w.finalizer)
	tour.Step("garbage collection", w.garbageCollection)
	tour.Step("protobuf", w.protobuf)
	tour.Begin("stop", w.end)
}

// wire remembers the answers of the watched kinds that came in anything but protobuf.
type wire struct {
	mutex  sync.Mutex
	seen   int
	others []string
}

func (w *wire) over(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		answer, err := next.RoundTrip(request)
		if err == nil && strings.HasPrefix(request.Header.Get("Accept"), protobuf) {
			w.mutex.Lock()
			defer w.mutex.Unlock()
			w.seen++
			if kind := answer.Header.Get("Content-Type"); !strings.HasPrefix(kind, protobuf) {
				w.others = append(w.others, fmt.Sprint(request.Method, " ", request.URL.Path, " ", answer.Status, " ", kind))
			}
		}
		return answer, err
	})
}

const protobuf = "application/vnd.kubernetes.protobuf"

type roundTripper func(*http.Request) (*http.Response, error)

func (do roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return do(request) }

// connect reads KUBECONFIG, and makes the namespace of the tour.
func (w *world) connect(ctx context.Context) (err error) {
	if w.config, err = clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG")); err != nil {
		return err
	}
	w.config.QPS = -1
	// In JSON, so that a server without protobuf fails at the steps that need it.
	asJSON := rest.CopyConfig(w.config)
	asJSON.ContentType = "application/json"
	direct, err := client.New(asJSON, client.Options{})
	if err != nil {
		return err
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "tour-controller-runtime-"}}
	if err := direct.Create(ctx, namespace); err != nil {
		return err
	}
	w.direct, w.namespace = direct, namespace.Name
	return nil
}

// start runs the manager until it leads and its caches are filled.
func (w *world) start(ctx context.Context) error {
	config := rest.CopyConfig(w.config)
	config.Wrap(w.wire.over)
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Cache:                         cache.Options{DefaultNamespaces: map[string]cache.Config{w.namespace: {}}},
		Metrics:                       server.Options{BindAddress: "0"},
		LeaderElection:                true,
		LeaderElectionID:              "tour",
		LeaderElectionNamespace:       w.namespace,
		LeaderElectionReleaseOnCancel: true,
	})
	if err != nil {
		return err
	}
	if err := (&keeper{manager.GetClient()}).setUp(manager); err != nil {
		return err
	}
	running, stop := context.WithCancel(context.Background())
	w.stop, w.stopped = stop, make(chan error, 1)
	go func() { w.stopped <- manager.Start(running) }()
	select {
	case <-manager.Elected():
	case err := <-w.stopped:
		return fmt.Errorf("the manager ended: %w", err)
	case <-ctx.Done():
		return errors.New("the manager was never elected")
	}
	if !manager.GetCache().WaitForCacheSync(ctx) {
		return errors.New("the caches never filled")
	}
	w.client = manager.GetClient()
	return nil
}

// end stops the manager, which gives its lease back.
func (w *world) end(ctx context.Context) error {
	w.stop()
	select {
	case err := <-w.stopped:
		return err
	case <-ctx.Done():
		return errors.New("the manager does not stop")
	}
}

func (w *world) remove() {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}
	if err := w.direct.Delete(context.Background(), namespace); err != nil {
		fmt.Fprintln(os.Stderr, "the namespace", w.namespace, "is left behind:", err)
	}
}
