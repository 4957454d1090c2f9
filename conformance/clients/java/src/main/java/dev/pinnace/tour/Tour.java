package dev.pinnace.tour;

import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.apis.VersionApi;
import io.kubernetes.client.util.ClientBuilder;

/** Makes the tour with io.kubernetes:client-java, against the cluster of KUBECONFIG. */
public final class Tour {
  public static void main(String[] arguments) throws Exception {
    // Unless told so, this client leaves managedFields out of whatever it reads.
    System.setProperty("kubernetes.client.includeManagedFields", "true");
    Steps tour = new Steps(arguments);
    Clients[] made = new Clients[1];
    tour.begin(
        "config",
        () -> {
          ApiClient client = ClientBuilder.standard().build();
          // A watch may be silent for as long as nothing happens.
          client.setReadTimeout(0);
          Steps.expect("major version", new VersionApi(client).getCode().execute().getMajor(), "1");
          made[0] = Clients.at(client);
        });
    if (made[0] != null) {
      take(tour, made[0]);
      made[0].remove();
    }
    System.exit(tour.failed() ? 1 : 0);
  }

  private static void take(Steps tour, Clients clients) {
    Objects objects = new Objects(clients);
    tour.step("typed", objects::typed);
    tour.step("dynamic", objects::dynamic);
    tour.step("pages", objects::pages);
    tour.step("watch", objects::watch);
    tour.step("informer", objects::informer);
    tour.step("conflict", objects::conflict);
    tour.step("deletecollection", objects::deleteCollection);
    Patches patches = new Patches(clients);
    tour.step("json patch", patches::json);
    tour.step("merge patch", patches::merge);
    tour.step("strategic merge patch", patches::strategic);
    tour.step("apply", patches::apply);
    tour.step("status", patches::status);
    Running pods = new Running(clients);
    tour.step("logs", pods::logs);
    tour.step("exec", pods::exec);
    tour.step("exec exit code", pods::execExitCode);
    tour.step("exec stdin", pods::execStdin);
    tour.step("port-forward", pods::portForward);
    tour.step("eviction", pods::eviction);
    Deployed deployments = new Deployed(clients);
    tour.step("scale", deployments::scale);
    tour.step("orphan", deployments::orphan);
    tour.step("foreground", deployments::foreground);
    Wire wire = new Wire(clients);
    tour.step("protobuf", wire::protobuf);
    tour.step("not found", wire::notFound);
    tour.step("already exists", wire::alreadyExists);
    tour.step("invalid", wire::invalid);
    tour.step("forbidden", wire::forbidden);
  }
}
