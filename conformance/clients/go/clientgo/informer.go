package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"pinnace.dev/conformance/clients/steps"
)

// cable counts connections, and can cut them.
type cable struct {
	mutex sync.Mutex
	open  []net.Conn
	dials atomic.Int32
}

func (c *cable) dial(ctx context.Context, network, address string) (net.Conn, error) {
	connection, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err == nil {
		c.dials.Add(1)
		c.mutex.Lock()
		defer c.mutex.Unlock()
		c.open = append(c.open, connection)
	}
	return connection, err
}

func (c *cable) cut() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, connection := range c.open {
		_ = connection.Close()
	}
	c.open = nil
}

// informer follows ConfigMaps over a connection that is cut, and must still see what happened meanwhile.
func (c *clients) informer(ctx context.Context) error {
	cable := &cable{}
	config := rest.CopyConfig(c.config)
	config.Dial = cable.dial
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	factory := informers.NewSharedInformerFactoryWithOptions(client, time.Second, informers.WithNamespace(c.namespace))
	defer factory.Shutdown()
	defer stop()
	maps := factory.Core().V1().ConfigMaps()
	var resyncs atomic.Int32
	_, err = maps.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{UpdateFunc: func(before, after any) {
		if before == after {
			resyncs.Add(1)
		}
	}})
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), maps.Informer().HasSynced) {
		return errors.New("the cache never synced")
	}
	knows := func(name string) func(context.Context) error {
		return func(context.Context) error {
			_, err := maps.Lister().ConfigMaps(c.namespace).Get(name)
			return err
		}
	}
	if _, err := c.make(ctx, "before-the-cut", nil); err != nil {
		return err
	}
	if err := steps.Eventually(ctx, knows("before-the-cut")); err != nil {
		return err
	}
	dials := cable.dials.Load()
	cable.cut()
	if _, err := c.make(ctx, "after-the-cut", nil); err != nil {
		return err
	}
	if err := c.typed.CoreV1().ConfigMaps(c.namespace).Delete(ctx, "before-the-cut", metav1.DeleteOptions{}); err != nil {
		return err
	}
	return errors.Join(
		steps.Eventually(ctx, knows("after-the-cut")),
		steps.Eventually(ctx, func(ctx context.Context) error {
			if knows("before-the-cut")(ctx) == nil {
				return errors.New("the cache keeps what was deleted after the cut")
			}
			return nil
		}),
		steps.Expect("connected again", cable.dials.Load() > dials, true),
		steps.Eventually(ctx, func(context.Context) error { return steps.Expect("resynced", resyncs.Load() > 0, true) }),
	)
}
