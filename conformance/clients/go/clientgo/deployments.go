package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/util/retry"

	"pinnace.dev/conformance/clients/steps"
)

func (c *clients) deployment(name string, replicas int32) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	grace := int64(1)
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{
					TerminationGracePeriodSeconds: &grace,
					Containers:                    []corev1.Container{{Name: "app", Image: image(), Command: []string{"sleep", "3600"}}},
				},
			},
		},
	}
}

// deployed makes a Deployment and waits for its one ReplicaSet.
func (c *clients) deployed(ctx context.Context, name string) error {
	if _, err := c.typed.AppsV1().Deployments(c.namespace).Create(ctx, c.deployment(name, 1), metav1.CreateOptions{}); err != nil {
		return err
	}
	return steps.Eventually(ctx, func(ctx context.Context) error {
		sets, err := c.replicaSets(ctx, name)
		return errors.Join(err, steps.Expect("ReplicaSets", len(sets), 1))
	})
}

func (c *clients) replicaSets(ctx context.Context, app string) ([]appsv1.ReplicaSet, error) {
	list, err := c.typed.AppsV1().ReplicaSets(c.namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=" + app})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

func (c *clients) scale(ctx context.Context) error {
	deployments := c.typed.AppsV1().Deployments(c.namespace)
	if _, err := deployments.Create(ctx, c.deployment("scaled", 1), metav1.CreateOptions{}); err != nil {
		return err
	}
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		scale, err := deployments.GetScale(ctx, "scaled", metav1.GetOptions{})
		if err != nil {
			return err
		}
		if err := steps.Expect("selector", scale.Status.Selector, "app=scaled"); err != nil {
			return err
		}
		scale.Spec.Replicas = 2
		_, err = deployments.UpdateScale(ctx, "scaled", scale, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		return err
	}
	err = steps.Eventually(ctx, func(ctx context.Context) error {
		got, err := deployments.Get(ctx, "scaled", metav1.GetOptions{})
		return errors.Join(err, steps.Expect("ready replicas", got.Status.ReadyReplicas, 2))
	})
	return errors.Join(err, deployments.Delete(ctx, "scaled", metav1.DeleteOptions{}))
}

func (c *clients) orphan(ctx context.Context) error {
	if err := c.deployed(ctx, "orphan"); err != nil {
		return err
	}
	policy := metav1.DeletePropagationOrphan
	deployments := c.typed.AppsV1().Deployments(c.namespace)
	if err := deployments.Delete(ctx, "orphan", metav1.DeleteOptions{PropagationPolicy: &policy}); err != nil {
		return err
	}
	if err := c.gone(ctx, "orphan"); err != nil {
		return err
	}
	sets, err := c.replicaSets(ctx, "orphan")
	if err != nil {
		return err
	}
	if err := steps.Expect("ReplicaSets left", len(sets), 1); err != nil {
		return err
	}
	return errors.Join(
		steps.Expect("its owners", len(sets[0].OwnerReferences), 0),
		c.typed.AppsV1().ReplicaSets(c.namespace).Delete(ctx, sets[0].Name, metav1.DeleteOptions{}),
	)
}

// foreground deletes a Deployment that may only go after what it owns.
func (c *clients) foreground(ctx context.Context) error {
	if err := c.deployed(ctx, "foreground"); err != nil {
		return err
	}
	policy := metav1.DeletePropagationForeground
	deployments := c.typed.AppsV1().Deployments(c.namespace)
	if err := deployments.Delete(ctx, "foreground", metav1.DeleteOptions{PropagationPolicy: &policy}); err != nil {
		return err
	}
	if err := c.gone(ctx, "foreground"); err != nil {
		return err
	}
	sets, err := c.replicaSets(ctx, "foreground")
	return errors.Join(err, steps.Expect("ReplicaSets left", len(sets), 0))
}

// gone waits until there is no such Deployment.
func (c *clients) gone(ctx context.Context, name string) error {
	return steps.Eventually(ctx, func(ctx context.Context) error {
		_, err := c.typed.AppsV1().Deployments(c.namespace).Get(ctx, name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("deployment %s is still there: %w", name, err)
	})
}

// leaderElection has two candidates: the second leads when the first lets go.
func (c *clients) leaderElection(ctx context.Context) error {
	var leading atomic.Int32
	candidate := func(ctx context.Context, name string) error {
		lock := &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Name: "tour", Namespace: c.namespace},
			Client:     c.typed.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: name},
		}
		led := make(chan struct{})
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
			Lock:            lock,
			LeaseDuration:   3 * time.Second,
			RenewDeadline:   2 * time.Second,
			RetryPeriod:     200 * time.Millisecond,
			ReleaseOnCancel: true,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(context.Context) {
					leading.Add(1)
					time.Sleep(500 * time.Millisecond)
					leading.Add(-1)
					close(led)
					cancel()
				},
				OnStoppedLeading: func() {},
			},
		})
		if err != nil {
			return err
		}
		elector.Run(ctx)
		select {
		case <-led:
			return nil
		case <-time.After(time.Second):
			return fmt.Errorf("%s never led", name)
		}
	}
	ends := make(chan error, 2)
	for _, name := range []string{"first", "second"} {
		go func() { ends <- candidate(ctx, name) }()
	}
	if err := errors.Join(<-ends, <-ends); err != nil {
		return err
	}
	lease, err := c.typed.CoordinationV1().Leases(c.namespace).Get(ctx, "tour", metav1.GetOptions{})
	if err != nil {
		return err
	}
	return steps.Expect("changes of leader", *lease.Spec.LeaseTransitions >= 1, true)
}
