package main

import (
	"context"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

// held is a finalizer: the keeper lets a Deployment that has it go when it has said farewell.
const held = "conformance.pinnace.dev/held"

// keeper keeps a ConfigMap for every Deployment, that says how many replicas are wanted.
type keeper struct{ client.Client }

func (k *keeper) setUp(manager ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(manager).For(&appsv1.Deployment{}).Owns(&corev1.ConfigMap{}).Complete(k)
}

func (k *keeper) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var deployment appsv1.Deployment
	if err := k.Get(ctx, request.NamespacedName, &deployment); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !deployment.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, k.letGo(ctx, &deployment)
	}
	note := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: deployment.Name + "-note", Namespace: deployment.Namespace}}
	_, err := controllerutil.CreateOrUpdate(ctx, k.Client, note, func() error {
		note.Data = map[string]string{"replicas": strconv.Itoa(int(*deployment.Spec.Replicas))}
		return controllerutil.SetControllerReference(&deployment, note, k.Scheme())
	})
	return ctrl.Result{}, err
}

func (k *keeper) letGo(ctx context.Context, deployment *appsv1.Deployment) error {
	if !controllerutil.ContainsFinalizer(deployment, held) {
		return nil
	}
	farewell := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: deployment.Name + "-farewell", Namespace: deployment.Namespace}}
	if err := k.Create(ctx, farewell); client.IgnoreAlreadyExists(err) != nil {
		return err
	}
	before := deployment.DeepCopy()
	controllerutil.RemoveFinalizer(deployment, held)
	return k.Patch(ctx, deployment, client.MergeFrom(before))
}
