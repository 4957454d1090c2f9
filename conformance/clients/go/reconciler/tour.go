package main

import (
	"context"
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"pinnace.dev/conformance/clients/steps"
)

func (w *world) key(name string) client.ObjectKey {
	return client.ObjectKey{Namespace: w.namespace, Name: name}
}

// deployment is one that runs nothing: it wants no replicas.
func (w *world) deployment(name string) *appsv1.Deployment {
	labels, none := map[string]string{"app": name}, int32(0)
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: w.namespace},
		Spec: appsv1.DeploymentSpec{
			Replicas: &none,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: "none"}}},
			},
		},
	}
}

// noted waits until the cache has the note of a Deployment, with so many replicas, and gives it.
func (w *world) noted(ctx context.Context, name, replicas string) (*corev1.ConfigMap, error) {
	var note corev1.ConfigMap
	return &note, steps.Eventually(ctx, func(ctx context.Context) error {
		if err := w.client.Get(ctx, w.key(name+"-note"), &note); err != nil {
			return err
		}
		return steps.Expect("replicas in the note", note.Data["replicas"], replicas)
	})
}

func (w *world) gone(ctx context.Context, object client.Object) error {
	return steps.Eventually(ctx, func(ctx context.Context) error {
		err := w.direct.Get(ctx, client.ObjectKeyFromObject(object), object)
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("%s is still there: %w", object.GetName(), err)
	})
}

func (w *world) reconcile(ctx context.Context) error {
	deployment := w.deployment("kept")
	if err := w.client.Create(ctx, deployment); err != nil {
		return err
	}
	note, err := w.noted(ctx, "kept", "0")
	if err != nil {
		return err
	}
	owner := metav1.GetControllerOf(note)
	if owner == nil {
		return errors.New("the note has no owner")
	}
	return errors.Join(steps.Expect("owner", owner.UID, deployment.UID), steps.Expect("kind of owner", owner.Kind, "Deployment"))
}

func (w *world) follow(ctx context.Context) error {
	var deployment appsv1.Deployment
	if err := w.client.Get(ctx, w.key("kept"), &deployment); err != nil {
		return err
	}
	before := deployment.DeepCopy()
	wanted := int32(1)
	deployment.Spec.Paused, deployment.Spec.Replicas = true, &wanted
	if err := w.client.Patch(ctx, &deployment, client.StrategicMergeFrom(before)); err != nil {
		return err
	}
	_, err := w.noted(ctx, "kept", "1")
	return err
}

// mend deletes what the keeper owns: it makes it anew.
func (w *world) mend(ctx context.Context) error {
	old, err := w.noted(ctx, "kept", "1")
	if err != nil {
		return err
	}
	uid := old.UID
	if err := w.client.Delete(ctx, old); err != nil {
		return err
	}
	return steps.Eventually(ctx, func(ctx context.Context) error {
		var note corev1.ConfigMap
		if err := w.client.Get(ctx, w.key("kept-note"), &note); err != nil {
			return err
		}
		return steps.Expect("a new note", note.UID != uid, true)
	})
}

func (w *world) cachedList(ctx context.Context) error {
	var list appsv1.DeploymentList
	if err := w.client.List(ctx, &list, client.InNamespace(w.namespace)); err != nil {
		return err
	}
	return steps.Expect("Deployments", len(list.Items), 1)
}

func (w *world) unstructured(ctx context.Context) error {
	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion("apps/v1")
	list.SetKind("DeploymentList")
	if err := w.direct.List(ctx, list, client.InNamespace(w.namespace), client.Limit(1)); err != nil {
		return err
	}
	return errors.Join(
		steps.Expect("Deployments", len(list.Items), 1),
		steps.Expect("kind", list.Items[0].GetKind(), "Deployment"),
	)
}

func (w *world) conflict(ctx context.Context) error {
	stale := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "conflict", Namespace: w.namespace}}
	if err := w.client.Create(ctx, stale); err != nil {
		return err
	}
	other := stale.DeepCopy()
	other.Data = map[string]string{"other": "here"}
	if err := w.client.Update(ctx, other); err != nil {
		return err
	}
	patch := client.MergeFromWithOptions(stale.DeepCopy(), client.MergeFromWithOptimisticLock{})
	stale.Data = map[string]string{"n": "1"}
	err := w.client.Patch(ctx, stale, patch)
	return steps.Expect(fmt.Sprintf("%v is a conflict", err), apierrors.IsConflict(err), true)
}

func (w *world) status(ctx context.Context) error {
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "status", Namespace: w.namespace},
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
	}
	if err := w.client.Create(ctx, service); err != nil {
		return err
	}
	before := service.DeepCopy()
	service.Status.Conditions = []metav1.Condition{{Type: "Toured", Status: "True", Reason: "Tour", LastTransitionTime: metav1.Now()}}
	if err := w.client.Status().Patch(ctx, service, client.MergeFrom(before)); err != nil {
		return err
	}
	return steps.Expect("conditions", len(service.Status.Conditions), 1)
}

func (w *world) apply(ctx context.Context) error {
	wanted := applycorev1.ConfigMap("applied", w.namespace).WithData(map[string]string{"a": "1"})
	if err := w.client.Apply(ctx, wanted, client.FieldOwner("tour")); err != nil {
		return err
	}
	var got corev1.ConfigMap
	if err := w.direct.Get(ctx, w.key("applied"), &got); err != nil {
		return err
	}
	return errors.Join(
		steps.Expect("data", got.Data["a"], "1"),
		steps.Expect("managers", len(got.ManagedFields), 1),
	)
}

// finalizer holds a Deployment until the keeper has noted that it goes.
func (w *world) finalizer(ctx context.Context) error {
	deployment := w.deployment("held")
	deployment.Finalizers = []string{held}
	if err := w.client.Create(ctx, deployment); err != nil {
		return err
	}
	if _, err := w.noted(ctx, "held", "0"); err != nil {
		return err
	}
	if err := w.client.Delete(ctx, deployment); err != nil {
		return err
	}
	if err := w.gone(ctx, deployment); err != nil {
		return err
	}
	return w.direct.Get(ctx, w.key("held-farewell"), &corev1.ConfigMap{})
}

// garbageCollection deletes a Deployment: what the keeper made for it goes with it.
func (w *world) garbageCollection(ctx context.Context) error {
	note, err := w.noted(ctx, "kept", "1")
	if err != nil {
		return err
	}
	if err := w.client.Delete(ctx, w.deployment("kept"), client.PropagationPolicy(metav1.DeletePropagationBackground)); err != nil {
		return err
	}
	return w.gone(ctx, note)
}

// protobuf looks back: whatever was asked for in protobuf came in protobuf.
func (w *world) protobuf(context.Context) error {
	w.wire.mutex.Lock()
	defer w.wire.mutex.Unlock()
	if w.wire.seen == 0 {
		return errors.New("nothing was asked for in protobuf")
	}
	if others := len(w.wire.others); others > 0 {
		return fmt.Errorf("%d of %d answers came in other content types: %s, …", others, w.wire.seen, w.wire.others[0])
	}
	return nil
}
