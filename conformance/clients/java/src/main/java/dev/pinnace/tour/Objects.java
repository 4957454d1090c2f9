package dev.pinnace.tour;

import static dev.pinnace.tour.Steps.eventually;
import static dev.pinnace.tour.Steps.eventuallyExpect;
import static dev.pinnace.tour.Steps.expect;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.kubernetes.client.Discovery;
import io.kubernetes.client.informer.ResourceEventHandler;
import io.kubernetes.client.informer.SharedIndexInformer;
import io.kubernetes.client.informer.SharedInformerFactory;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ConfigMapList;
import io.kubernetes.client.util.Watch;
import io.kubernetes.client.util.generic.dynamic.DynamicKubernetesApi;
import io.kubernetes.client.util.generic.dynamic.DynamicKubernetesObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Objects, typed and not: create, get, list, watch, follow, update, delete. */
record Objects(Clients c) {
  void typed() throws Exception {
    V1ConfigMap made = c.make("typed", Map.of("a", "1"));
    V1ConfigMap got = c.configMap("typed");
    V1ConfigMapList list = c.core().listNamespacedConfigMap(c.namespace()).fieldSelector("metadata.name=typed").execute();
    expect("uid", got.getMetadata().getUid(), made.getMetadata().getUid());
    expect("data", got.getData(), Map.of("a", "1"));
    expect("selected", list.getItems().size(), 1);
  }

  /** Finds the resource of a kind by discovery, as a program does that knows no types. */
  void dynamic() throws Exception {
    Discovery.APIResource found =
        new Discovery(c.client())
            .findAll().stream().filter(each -> each.getKind().equals("Deployment") && each.getGroup().equals("apps")).findFirst().orElseThrow();
    DynamicKubernetesApi deployments =
        new DynamicKubernetesApi(found.getGroup(), found.getPreferredVersion(), found.getResourcePlural(), c.client());
    JsonObject wanted =
        JsonParser.parseString(
                """
                {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "dynamic", "namespace": "%s"},
                 "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "dynamic"}}, "template": {
                   "metadata": {"labels": {"app": "dynamic"}}, "spec": {"containers": [{"name": "app", "image": "none"}]}}}}
                """
                    .formatted(c.namespace()))
            .getAsJsonObject();
    deployments.create(new DynamicKubernetesObject(wanted)).throwsApiException();
    JsonObject got = deployments.get(c.namespace(), "dynamic").throwsApiException().getObject().getRaw();
    JsonObject strategy = got.getAsJsonObject("spec").getAsJsonObject("strategy");
    expect("default strategy", strategy.get("type").getAsString(), "RollingUpdate");
    expect("listed", deployments.list(c.namespace()).throwsApiException().getObject().getItems().size(), 1);
    deployments.delete(c.namespace(), "dynamic").throwsApiException();
  }

  void pages() throws Exception {
    for (int n = 0; n < 5; n++) {
      c.make("page-" + n, Map.of(), Map.of("step", "pages"));
    }
    V1ConfigMapList first = c.core().listNamespacedConfigMap(c.namespace()).limit(2).execute();
    expect("remaining is told", first.getMetadata().getRemainingItemCount() > 0, true);
    List<String> names = new ArrayList<>();
    String token = null;
    int pages = 0;
    do {
      V1ConfigMapList page =
          c.core().listNamespacedConfigMap(c.namespace()).labelSelector("step=pages").limit(2)._continue(token).execute();
      page.getItems().forEach(each -> names.add(each.getMetadata().getName()));
      token = page.getMetadata().getContinue();
      pages++;
    } while (token != null && !token.isEmpty());
    expect("pages", pages, 3);
    expect("items", names, List.of("page-0", "page-1", "page-2", "page-3", "page-4"));
  }

  void watch() throws Exception {
    String since = c.core().listNamespacedConfigMap(c.namespace()).execute().getMetadata().getResourceVersion();
    V1ConfigMap made = c.make("watched", Map.of());
    c.core().replaceNamespacedConfigMap("watched", c.namespace(), made.data(Map.of("a", "2"))).execute();
    c.core().deleteNamespacedConfigMap("watched", c.namespace()).execute();
    List<String> seen = new ArrayList<>();
    var request = c.core().listNamespacedConfigMap(c.namespace()).fieldSelector("metadata.name=watched");
    var call = request.resourceVersion(since).timeoutSeconds(10).watch(true).buildCall(null);
    try (Watch<V1ConfigMap> watch = Watch.createWatch(c.client(), call, Types.WATCHED_CONFIG_MAP)) {
      while (seen.size() < 3 && watch.hasNext()) {
        seen.add(watch.next().type);
      }
    }
    expect("events", seen, List.of("ADDED", "MODIFIED", "DELETED"));
  }

  /** Follows ConfigMaps through watches that the server ends after a second each, and resumes where each ended. */
  void informer() throws Exception {
    AtomicInteger watches = new AtomicInteger();
    List<String> removed = new CopyOnWriteArrayList<>();
    SharedInformerFactory factory = new SharedInformerFactory(c.client());
    SharedIndexInformer<V1ConfigMap> informer =
        factory.sharedIndexInformerFor(
            asked -> {
              var request = c.core().listNamespacedConfigMap(c.namespace()).resourceVersion(asked.resourceVersion);
              if (asked.watch) {
                watches.incrementAndGet();
                request = request.timeoutSeconds(1);
              }
              return request.watch(asked.watch).buildCall(null);
            },
            V1ConfigMap.class,
            V1ConfigMapList.class);
    informer.addEventHandler(
        new ResourceEventHandler<>() {
          @Override
          public void onAdd(V1ConfigMap added) {}

          @Override
          public void onUpdate(V1ConfigMap before, V1ConfigMap after) {}

          @Override
          public void onDelete(V1ConfigMap gone, boolean isUnknown) {
            removed.add(gone.getMetadata().getName());
          }
        });
    factory.startAllRegisteredInformers();
    try {
      c.make("before-the-end", Map.of());
      eventuallyExpect("known", () -> informer.getIndexer().getByKey(c.namespace() + "/before-the-end") != null, true);
      eventuallyExpect("three watches", () -> watches.get() >= 3, true);
      c.make("after-the-end", Map.of());
      c.core().deleteNamespacedConfigMap("before-the-end", c.namespace()).execute();
      eventuallyExpect("known", () -> informer.getIndexer().getByKey(c.namespace() + "/after-the-end") != null, true);
      eventuallyExpect("removed", () -> removed, List.of("before-the-end"));
    } finally {
      factory.stopAllRegisteredInformers(false);
    }
  }

  /** Updates what somebody else has updated since: refused, and done by trying again. */
  void conflict() throws Exception {
    V1ConfigMap stale = c.make("conflict", Map.of("n", "0"));
    V1ConfigMap other = c.configMap("conflict").putDataItem("other", "here");
    c.core().replaceNamespacedConfigMap("conflict", c.namespace(), other).execute();
    expect("code", Steps.codeOf(() -> c.core().replaceNamespacedConfigMap("conflict", c.namespace(), stale).execute()), 409);
    V1ConfigMap got =
        eventually(
            () -> {
              V1ConfigMap fresh = c.configMap("conflict").putDataItem("n", "1");
              return c.core().replaceNamespacedConfigMap("conflict", c.namespace(), fresh).execute();
            });
    expect("data", got.getData(), Map.of("n", "1", "other", "here"));
  }

  void deleteCollection() throws Exception {
    c.make("collected-one", Map.of(), Map.of("step", "collected"));
    c.make("collected-two", Map.of(), Map.of("step", "collected"));
    c.core().deleteCollectionNamespacedConfigMap(c.namespace()).labelSelector("step=collected").execute();
    expect("left", c.core().listNamespacedConfigMap(c.namespace()).labelSelector("step=collected").execute().getItems(), List.of());
    c.configMap("typed");
  }
}
