package dev.pinnace.tour;

import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.apis.AppsV1Api;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Namespace;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import java.util.Map;

/** What every step works with. */
record Clients(ApiClient client, CoreV1Api core, AppsV1Api apps, String namespace) {
  /** Makes the namespace of the tour. */
  static Clients at(ApiClient client) throws Exception {
    CoreV1Api core = new CoreV1Api(client);
    V1Namespace wanted = new V1Namespace().metadata(new V1ObjectMeta().generateName("tour-java-"));
    String namespace = core.createNamespace(wanted).execute().getMetadata().getName();
    // Without its service account a namespace takes no pods.
    Steps.eventually(() -> core.readNamespacedServiceAccount("default", namespace).execute());
    return new Clients(client, core, new AppsV1Api(client), namespace);
  }

  /** Creates a ConfigMap. */
  V1ConfigMap make(String name, Map<String, String> data, Map<String, String> labels) throws ApiException {
    V1ObjectMeta metadata = new V1ObjectMeta().name(name).labels(labels);
    return core.createNamespacedConfigMap(namespace, new V1ConfigMap().metadata(metadata).data(data)).execute();
  }

  V1ConfigMap make(String name, Map<String, String> data) throws ApiException {
    return make(name, data, Map.of());
  }

  V1ConfigMap configMap(String name) throws ApiException {
    return core.readNamespacedConfigMap(name, namespace).execute();
  }

  void remove() throws ApiException {
    core.deleteNamespace(namespace).execute();
  }
}
