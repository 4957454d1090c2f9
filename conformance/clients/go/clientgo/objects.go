package main

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/pager"
	"k8s.io/client-go/util/retry"

	"pinnace.dev/conformance/clients/steps"
)

func (c *clients) configMap(name string, data map[string]string, labels map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: c.namespace, Labels: labels}, Data: data}
}

// make creates a ConfigMap.
func (c *clients) make(ctx context.Context, name string, data map[string]string) (*corev1.ConfigMap, error) {
	return c.typed.CoreV1().ConfigMaps(c.namespace).Create(ctx, c.configMap(name, data, nil), metav1.CreateOptions{})
}

func (c *clients) typedObjects(ctx context.Context) error {
	made, err := c.make(ctx, "typed", map[string]string{"a": "1"})
	if err != nil {
		return err
	}
	got, err := c.typed.CoreV1().ConfigMaps(c.namespace).Get(ctx, "typed", metav1.GetOptions{})
	if err != nil {
		return err
	}
	list, err := c.typed.CoreV1().ConfigMaps(c.namespace).List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=typed"})
	if err != nil {
		return err
	}
	return errors.Join(
		steps.Expect("uid", got.UID, made.UID),
		steps.Expect("data", got.Data["a"], "1"),
		steps.Expect("selected", len(list.Items), 1),
	)
}

// dynamicObjects finds the resource of a kind by discovery, as a program does that knows no types.
func (c *clients) dynamicObjects(ctx context.Context) error {
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(c.typed.Discovery()))
	mapping, err := mapper.RESTMapping(schema.GroupKind{Group: "apps", Kind: "Deployment"}, "v1")
	if err != nil {
		return err
	}
	deployments := c.dynamic.Resource(mapping.Resource).Namespace(c.namespace)
	wanted := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1",
		"kind":       "Deployment",
		"metadata":   map[string]any{"name": "dynamic"},
		"spec": map[string]any{
			"replicas": int64(0),
			"selector": map[string]any{"matchLabels": map[string]any{"app": "dynamic"}},
			"template": map[string]any{
				"metadata": map[string]any{"labels": map[string]any{"app": "dynamic"}},
				"spec":     map[string]any{"containers": []any{map[string]any{"name": "app", "image": image()}}},
			},
		},
	}}
	if _, err := deployments.Create(ctx, wanted, metav1.CreateOptions{}); err != nil {
		return err
	}
	got, err := deployments.Get(ctx, "dynamic", metav1.GetOptions{})
	if err != nil {
		return err
	}
	strategy, _, err := unstructured.NestedString(got.Object, "spec", "strategy", "type")
	if err != nil {
		return err
	}
	list, err := deployments.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	return errors.Join(
		steps.Expect("kind", got.GetKind(), "Deployment"),
		steps.Expect("default strategy", strategy, "RollingUpdate"),
		steps.Expect("listed", len(list.Items), 1),
		deployments.Delete(ctx, "dynamic", metav1.DeleteOptions{}),
	)
}

func (c *clients) pages(ctx context.Context) error {
	labels := map[string]string{"step": "pages"}
	maps := c.typed.CoreV1().ConfigMaps(c.namespace)
	for n := range 5 {
		if _, err := maps.Create(ctx, c.configMap(fmt.Sprintf("page-%d", n), nil, labels), metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	first, err := maps.List(ctx, metav1.ListOptions{Limit: 2})
	if err != nil {
		return err
	}
	if first.Continue == "" || len(first.Items) != 2 || first.RemainingItemCount == nil {
		return fmt.Errorf("the first page: %d items, continue %q, remaining %v", len(first.Items), first.Continue, first.RemainingItemCount)
	}
	pages, items := 0, 0
	all := pager.New(pager.SimplePageFunc(func(options metav1.ListOptions) (runtime.Object, error) {
		pages++
		return maps.List(ctx, options)
	}))
	all.PageSize = 2
	err = all.EachListItem(ctx, metav1.ListOptions{LabelSelector: "step=pages"}, func(runtime.Object) error {
		items++
		return nil
	})
	return errors.Join(err, steps.Expect("pages", pages, 3), steps.Expect("items", items, 5))
}

func (c *clients) watch(ctx context.Context) error {
	maps := c.typed.CoreV1().ConfigMaps(c.namespace)
	list, err := maps.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	options := metav1.ListOptions{ResourceVersion: list.ResourceVersion, FieldSelector: "metadata.name=watched"}
	stream, err := maps.Watch(ctx, options)
	if err != nil {
		return err
	}
	defer stream.Stop()
	made, err := c.make(ctx, "watched", nil)
	if err != nil {
		return err
	}
	made.Data = map[string]string{"a": "2"}
	if _, err := maps.Update(ctx, made, metav1.UpdateOptions{}); err != nil {
		return err
	}
	if err := maps.Delete(ctx, "watched", metav1.DeleteOptions{}); err != nil {
		return err
	}
	for _, want := range []watch.EventType{watch.Added, watch.Modified, watch.Deleted} {
		select {
		case event := <-stream.ResultChan():
			if err := steps.Expect("event", event.Type, want); err != nil {
				return err
			}
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", want, ctx.Err())
		}
	}
	return nil
}

// conflict updates what somebody else has updated since: refused, and done by trying again.
func (c *clients) conflict(ctx context.Context) error {
	maps := c.typed.CoreV1().ConfigMaps(c.namespace)
	stale, err := c.make(ctx, "conflict", map[string]string{"n": "0"})
	if err != nil {
		return err
	}
	other := stale.DeepCopy()
	other.Data["other"] = "here"
	if _, err := maps.Update(ctx, other, metav1.UpdateOptions{}); err != nil {
		return err
	}
	tries := 0
	err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
		if tries++; tries > 1 {
			if stale, err = maps.Get(ctx, "conflict", metav1.GetOptions{}); err != nil {
				return err
			}
		}
		stale.Data["n"] = "1"
		_, err := maps.Update(ctx, stale, metav1.UpdateOptions{})
		if tries == 1 && !apierrors.IsConflict(err) {
			return fmt.Errorf("a stale update: %v is no conflict", err)
		}
		return err
	})
	if err != nil {
		return err
	}
	got, err := maps.Get(ctx, "conflict", metav1.GetOptions{})
	return errors.Join(err, steps.Expect("tries", tries, 2), steps.Expect("both", got.Data["n"]+got.Data["other"], "1here"))
}

func (c *clients) deleteCollection(ctx context.Context) error {
	maps := c.typed.CoreV1().ConfigMaps(c.namespace)
	for _, name := range []string{"one", "two"} {
		wanted := c.configMap("collected-"+name, nil, map[string]string{"step": "collected"})
		if _, err := maps.Create(ctx, wanted, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	if err := maps.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "step=collected"}); err != nil {
		return err
	}
	left, err := maps.List(ctx, metav1.ListOptions{LabelSelector: "step=collected"})
	if err != nil {
		return err
	}
	_, err = maps.Get(ctx, "typed", metav1.GetOptions{})
	return errors.Join(err, steps.Expect("left", len(left.Items), 0))
}
