package dev.pinnace.tour;

import static dev.pinnace.tour.Steps.expect;
import static dev.pinnace.tour.Steps.refused;

import com.google.protobuf.ByteString;
import io.kubernetes.client.ProtoClient;
import io.kubernetes.client.ProtoClient.ObjectOrStatus;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.AuthenticationV1TokenRequest;
import io.kubernetes.client.openapi.models.V1TokenRequestSpec;
import io.kubernetes.client.proto.Meta;
import io.kubernetes.client.proto.V1;
import io.kubernetes.client.util.ClientBuilder;
import io.kubernetes.client.util.KubeConfig;
import io.kubernetes.client.util.credentials.AccessTokenAuthentication;
import java.io.File;
import java.io.FileReader;
import java.util.List;
import java.util.Map;

/** What goes over the wire: protobuf, and what the API refuses and how it says so. */
record Wire(Clients c) {
  void protobuf() throws Exception {
    ProtoClient client = new ProtoClient(c.client());
    String path = "/api/v1/namespaces/" + c.namespace() + "/configmaps";
    V1.ConfigMap wanted =
        V1.ConfigMap.newBuilder()
            .setMetadata(Meta.ObjectMeta.newBuilder().setName("protobuf"))
            .putData("a", "1")
            .putBinaryData("b", ByteString.copyFrom(new byte[] {0, -1}))
            .build();
    V1.ConfigMap made = objectOf(client.create(wanted, path, "v1", "ConfigMap"));
    V1.ConfigMap changed = made.toBuilder().putData("a", "2").build();
    objectOf(client.update(changed, path + "/protobuf", "v1", "ConfigMap"));
    ObjectOrStatus<V1.ConfigMap> got = client.get(V1.ConfigMap.newBuilder(), path + "/protobuf");
    ObjectOrStatus<V1.ConfigMapList> list =
        client.list(V1.ConfigMapList.newBuilder(), path + "?fieldSelector=metadata.name%3Dprotobuf");
    expect("data", objectOf(got).getDataMap(), Map.of("a", "2"));
    expect("binary data", objectOf(got).getBinaryDataMap(), wanted.getBinaryDataMap());
    expect("listed", objectOf(list).getItemsCount(), 1);
    ObjectOrStatus<V1.ConfigMap> missing = client.get(V1.ConfigMap.newBuilder(), path + "/missing");
    expect("a Status in protobuf", missing.status.getReason(), "NotFound");
  }

  private static <T extends com.google.protobuf.Message> T objectOf(ObjectOrStatus<T> answer) {
    if (answer.object == null) {
      throw new AssertionError(answer.status == null ? "no object" : answer.status.getMessage());
    }
    return answer.object;
  }

  void notFound() throws Exception {
    refused(() -> c.configMap("missing"), 404, "NotFound", "configmaps \"missing\" not found");
  }

  void alreadyExists() throws Exception {
    c.make("twice", Map.of());
    refused(() -> c.make("twice", Map.of()), 409, "AlreadyExists", "configmaps \"twice\" already exists");
  }

  void invalid() throws Exception {
    String message =
        "ConfigMap \"Not-A-Name\" is invalid: metadata.name: Invalid value: \"Not-A-Name\": a lowercase RFC 1123 subdomain must "
            + "consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character "
            + "(e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    refused(() -> c.make("Not-A-Name", Map.of()), 422, "Invalid", message);
  }

  /** Asks with the token of a service account that may nothing. */
  void forbidden() throws Exception {
    AuthenticationV1TokenRequest request = new AuthenticationV1TokenRequest().spec(new V1TokenRequestSpec().audiences(List.of()));
    String token =
        c.core().createNamespacedServiceAccountToken("default", c.namespace(), request).execute().getStatus().getToken();
    File file = new File(System.getenv("KUBECONFIG"));
    CoreV1Api nobody;
    try (FileReader reader = new FileReader(file)) {
      KubeConfig config = KubeConfig.loadKubeConfig(reader);
      config.setFile(file);
      nobody = new CoreV1Api(ClientBuilder.kubeconfig(config).setAuthentication(new AccessTokenAuthentication(token)).build());
    }
    String message =
        "secrets is forbidden: User \"system:serviceaccount:%s:default\" cannot list resource \"secrets\" in API group \"\" in the namespace \"%1$s\"";
    refused(() -> nobody.listNamespacedSecret(c.namespace()).execute(), 403, "Forbidden", message.formatted(c.namespace()));
  }
}
