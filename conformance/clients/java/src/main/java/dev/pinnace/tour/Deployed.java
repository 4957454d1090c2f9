package dev.pinnace.tour;

import static dev.pinnace.tour.Steps.codeOf;
import static dev.pinnace.tour.Steps.eventually;
import static dev.pinnace.tour.Steps.eventuallyExpect;
import static dev.pinnace.tour.Steps.expect;

import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1DeploymentSpec;
import io.kubernetes.client.openapi.models.V1LabelSelector;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1PodSpec;
import io.kubernetes.client.openapi.models.V1PodTemplateSpec;
import io.kubernetes.client.openapi.models.V1ReplicaSet;
import io.kubernetes.client.openapi.models.V1Scale;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What needs controllers: scale, and deletion with each policy. */
record Deployed(Clients c) {
  static V1Deployment deployment(String name, int replicas) {
    Map<String, String> labels = Map.of("app", name);
    V1Container container = new V1Container().name("app").image(Running.IMAGE).command(List.of("sleep", "3600"));
    V1PodSpec pod = new V1PodSpec().containers(List.of(container)).terminationGracePeriodSeconds(1L);
    V1PodTemplateSpec template = new V1PodTemplateSpec().metadata(new V1ObjectMeta().labels(labels)).spec(pod);
    V1DeploymentSpec spec = new V1DeploymentSpec().replicas(replicas).template(template);
    spec.selector(new V1LabelSelector().matchLabels(labels));
    return new V1Deployment().metadata(new V1ObjectMeta().name(name)).spec(spec);
  }

  void scale() throws Exception {
    c.apps().createNamespacedDeployment(c.namespace(), deployment("scaled", 1)).execute();
    // The controller writes its status meanwhile.
    eventually(
        () -> {
          V1Scale scale = c.apps().readNamespacedDeploymentScale("scaled", c.namespace()).execute();
          expect("selector", scale.getStatus().getSelector(), "app=scaled");
          scale.getSpec().replicas(2);
          return c.apps().replaceNamespacedDeploymentScale("scaled", c.namespace(), scale).execute();
        });
    eventuallyExpect(
        "ready replicas", () -> c.apps().readNamespacedDeployment("scaled", c.namespace()).execute().getStatus().getReadyReplicas(), 2);
    c.apps().deleteNamespacedDeployment("scaled", c.namespace()).execute();
  }

  void orphan() throws Exception {
    List<V1ReplicaSet> left = leftOf("orphan", "Orphan");
    expect("ReplicaSets left", left.size(), 1);
    expect("its owners", Optional.ofNullable(left.get(0).getMetadata().getOwnerReferences()).orElse(List.of()), List.of());
    c.apps().deleteNamespacedReplicaSet(left.get(0).getMetadata().getName(), c.namespace()).execute();
  }

  void foreground() throws Exception {
    expect("ReplicaSets left", leftOf("foreground", "Foreground"), List.of());
  }

  private List<V1ReplicaSet> replicaSets(String name) throws ApiException {
    return c.apps().listNamespacedReplicaSet(c.namespace()).labelSelector("app=" + name).execute().getItems();
  }

  /** Makes a Deployment, waits for its ReplicaSet, deletes it, and gives the ReplicaSets that are left when it is gone. */
  private List<V1ReplicaSet> leftOf(String name, String policy) throws Exception {
    c.apps().createNamespacedDeployment(c.namespace(), deployment(name, 1)).execute();
    eventuallyExpect("ReplicaSets", () -> replicaSets(name).size(), 1);
    c.apps().deleteNamespacedDeployment(name, c.namespace()).propagationPolicy(policy).execute();
    eventuallyExpect("code", () -> codeOf(() -> c.apps().readNamespacedDeployment(name, c.namespace()).execute()), 404);
    return replicaSets(name);
  }
}
