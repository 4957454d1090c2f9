package dev.pinnace.tour;

import static dev.pinnace.tour.Steps.codeOf;
import static dev.pinnace.tour.Steps.expect;

import io.kubernetes.client.custom.V1Patch;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.models.V1Condition;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ConfigMapList;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1ManagedFieldsEntry;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServicePort;
import io.kubernetes.client.openapi.models.V1ServiceSpec;
import io.kubernetes.client.openapi.models.V1ServiceStatus;
import io.kubernetes.client.util.PatchUtils;
import io.kubernetes.client.util.ServerSideApply;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;

/** Patches of all types, and the status subresource. */
record Patches(Clients c) {
  private V1ConfigMap patch(String name, String format, String patch) throws ApiException {
    V1Patch body = new V1Patch(patch);
    var request = c.core().patchNamespacedConfigMap(name, c.namespace(), body);
    return PatchUtils.patch(V1ConfigMap.class, () -> request.buildCall(null), format, c.client());
  }

  void json() throws Exception {
    c.make("json-patch", Map.of("a", "1", "b", "2"));
    String patch =
        """
        [{"op": "test", "path": "/data/a", "value": "1"},
         {"op": "replace", "path": "/data/a", "value": "3"},
         {"op": "remove", "path": "/data/b"}]
        """;
    expect("data", patch("json-patch", V1Patch.PATCH_FORMAT_JSON_PATCH, patch).getData(), Map.of("a", "3"));
    expect("a test that does not hold", codeOf(() -> patch("json-patch", V1Patch.PATCH_FORMAT_JSON_PATCH, patch)), 422);
  }

  void merge() throws Exception {
    c.make("merge-patch", Map.of("a", "1", "b", "2"));
    String patch = "{\"data\": {\"a\": null, \"c\": \"3\"}}";
    V1ConfigMap got = patch("merge-patch", V1Patch.PATCH_FORMAT_JSON_MERGE_PATCH, patch);
    expect("data", got.getData(), Map.of("b", "2", "c", "3"));
  }

  /** Merges a list by its key: the container stays, and gets a sister. */
  void strategic() throws Exception {
    c.apps().createNamespacedDeployment(c.namespace(), Deployed.deployment("strategic", 0)).execute();
    V1Patch body =
        new V1Patch(
            """
            {"spec": {"template": {"spec": {"containers": [
              {"name": "app", "env": [{"name": "A", "value": "1"}]}, {"name": "sister", "image": "none"}]}}}}
            """);
    var request = c.apps().patchNamespacedDeployment("strategic", c.namespace(), body);
    String format = V1Patch.PATCH_FORMAT_STRATEGIC_MERGE_PATCH;
    V1Deployment got = PatchUtils.patch(V1Deployment.class, () -> request.buildCall(null), format, c.client());
    List<V1Container> containers = got.getSpec().getTemplate().getSpec().getContainers();
    V1Container app = containers.stream().filter(each -> each.getName().equals("app")).findFirst().orElseThrow();
    expect("containers", containers.stream().map(V1Container::getName).sorted().toList(), List.of("app", "sister"));
    expect("command of the old one", app.getCommand(), List.of("sleep", "3600"));
    expect("its variables", app.getEnv().size(), 1);
    c.apps().deleteNamespacedDeployment("strategic", c.namespace()).execute();
  }

  private V1ConfigMap apply(String value, String manager, boolean force) throws ApiException {
    V1ConfigMap wanted = new V1ConfigMap().apiVersion("v1").kind("ConfigMap").data(Map.of("a", value));
    wanted.metadata(new V1ObjectMeta().name("applied").namespace(c.namespace()));
    return ServerSideApply.apply(c.client(), V1ConfigMap.class, V1ConfigMapList.class, wanted, manager, force);
  }

  /** Makes an object by server-side apply, and has two managers quarrel over a field. */
  void apply() throws Exception {
    List<V1ManagedFieldsEntry> managers = apply("1", "one", false).getMetadata().getManagedFields();
    expect("managers", managers.stream().map(each -> each.getManager() + " " + each.getOperation()).toList(), List.of("one Apply"));
    expect("another manager's value", codeOf(() -> apply("2", "two", false)), 409);
    expect("forced", apply("2", "two", true).getData(), Map.of("a", "2"));
  }

  /** Writes the status of a Service: what is sent of its spec does not count. */
  void status() throws Exception {
    V1ServiceSpec spec = new V1ServiceSpec().ports(List.of(new V1ServicePort().port(80))).selector(Map.of("app", "none"));
    V1Service wanted = new V1Service().metadata(new V1ObjectMeta().name("status")).spec(spec);
    V1Service service = c.core().createNamespacedService(c.namespace(), wanted).execute();
    V1Condition condition = new V1Condition().type("Toured").status("True").reason("Tour").message("");
    condition.lastTransitionTime(OffsetDateTime.now());
    service.status(new V1ServiceStatus().conditions(List.of(condition)));
    service.getSpec().selector(Map.of("app", "other"));
    c.core().replaceNamespacedServiceStatus("status", c.namespace(), service).execute();
    V1Service got = c.core().readNamespacedService("status", c.namespace()).execute();
    expect("conditions", got.getStatus().getConditions().stream().map(V1Condition::getType).toList(), List.of("Toured"));
    expect("selector", got.getSpec().getSelector(), Map.of("app", "none"));
  }
}
