package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"

	"pinnace.dev/conformance/clients/steps"
)

func (c *clients) patch(ctx context.Context, name string, kind types.PatchType, patch string) (*corev1.ConfigMap, error) {
	return c.typed.CoreV1().ConfigMaps(c.namespace).Patch(ctx, name, kind, []byte(patch), metav1.PatchOptions{})
}

func (c *clients) jsonPatch(ctx context.Context) error {
	if _, err := c.make(ctx, "json-patch", map[string]string{"a": "1", "b": "2"}); err != nil {
		return err
	}
	patch := `[{"op":"test","path":"/data/a","value":"1"},{"op":"replace","path":"/data/a","value":"3"},{"op":"remove","path":"/data/b"}]`
	got, err := c.patch(ctx, "json-patch", types.JSONPatchType, patch)
	if err != nil {
		return err
	}
	_, failed := c.patch(ctx, "json-patch", types.JSONPatchType, patch)
	return errors.Join(
		steps.Expect("data", fmt.Sprint(got.Data), "map[a:3]"),
		steps.Expect("a test that does not hold", string(apierrors.ReasonForError(failed)), "Invalid"),
	)
}

func (c *clients) mergePatch(ctx context.Context) error {
	if _, err := c.make(ctx, "merge-patch", map[string]string{"a": "1", "b": "2"}); err != nil {
		return err
	}
	got, err := c.patch(ctx, "merge-patch", types.MergePatchType, `{"data":{"a":null,"c":"3"}}`)
	if err != nil {
		return err
	}
	return steps.Expect("data", fmt.Sprint(got.Data), "map[b:2 c:3]")
}

// strategicMergePatch merges a list by its key: the container stays, and gets a sister.
func (c *clients) strategicMergePatch(ctx context.Context) error {
	deployments := c.typed.AppsV1().Deployments(c.namespace)
	if _, err := deployments.Create(ctx, c.deployment("strategic", 0), metav1.CreateOptions{}); err != nil {
		return err
	}
	patch := map[string]any{"spec": map[string]any{"template": map[string]any{"spec": map[string]any{"containers": []any{
		map[string]any{"name": "app", "env": []any{map[string]any{"name": "A", "value": "1"}}},
		map[string]any{"name": "sister", "image": image()},
	}}}}}
	body, err := json.Marshal(patch)
	if err != nil {
		return err
	}
	got, err := deployments.Patch(ctx, "strategic", types.StrategicMergePatchType, body, metav1.PatchOptions{})
	if err != nil {
		return err
	}
	app := containerOf(got, "app")
	return errors.Join(
		steps.Expect("containers", len(got.Spec.Template.Spec.Containers), 2),
		steps.Expect("image of the old one", app.Image, image()),
		steps.Expect("its variables", len(app.Env), 1),
		deployments.Delete(ctx, "strategic", metav1.DeleteOptions{}),
	)
}

func containerOf(deployment *appsv1.Deployment, name string) corev1.Container {
	for _, container := range deployment.Spec.Template.Spec.Containers {
		if container.Name == name {
			return container
		}
	}
	return corev1.Container{}
}

// apply makes an object by server-side apply, and has two managers quarrel over a field.
func (c *clients) apply(ctx context.Context) error {
	maps := c.typed.CoreV1().ConfigMaps(c.namespace)
	wanted := func(a string) *applycorev1.ConfigMapApplyConfiguration {
		return applycorev1.ConfigMap("applied", c.namespace).WithData(map[string]string{"a": a})
	}
	made, err := maps.Apply(ctx, wanted("1"), metav1.ApplyOptions{FieldManager: "one"})
	if err != nil {
		return err
	}
	var managers []string
	for _, entry := range made.ManagedFields {
		managers = append(managers, entry.Manager+" "+string(entry.Operation))
	}
	_, conflict := maps.Apply(ctx, wanted("2"), metav1.ApplyOptions{FieldManager: "two"})
	forced, err := maps.Apply(ctx, wanted("2"), metav1.ApplyOptions{FieldManager: "two", Force: true})
	if err != nil {
		return err
	}
	return errors.Join(
		steps.Expect("managers", fmt.Sprint(managers), "[one Apply]"),
		steps.Expect("another manager's value", apierrors.IsConflict(conflict), true),
		steps.Expect("forced", forced.Data["a"], "2"),
	)
}

// status writes the status of a Service: what is sent of its spec does not count.
func (c *clients) status(ctx context.Context) error {
	services := c.typed.CoreV1().Services(c.namespace)
	wanted := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "status"},
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}, Selector: map[string]string{"app": "none"}},
	}
	service, err := services.Create(ctx, wanted, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	service.Spec.Selector = map[string]string{"app": "other"}
	service.Status.Conditions = []metav1.Condition{{Type: "Toured", Status: "True", Reason: "Tour", LastTransitionTime: metav1.Now()}}
	if _, err := services.UpdateStatus(ctx, service, metav1.UpdateOptions{}); err != nil {
		return err
	}
	got, err := services.Get(ctx, "status", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if err := steps.Expect("conditions", len(got.Status.Conditions), 1); err != nil {
		return err
	}
	return errors.Join(steps.Expect("condition", got.Status.Conditions[0].Type, "Toured"), steps.Expect("selector", got.Spec.Selector["app"], "none"))
}
