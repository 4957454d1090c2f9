package dev.pinnace.tour;

import static dev.pinnace.tour.Steps.codeOf;
import static dev.pinnace.tour.Steps.eventually;
import static dev.pinnace.tour.Steps.eventuallyExpect;
import static dev.pinnace.tour.Steps.expect;

import io.kubernetes.client.Exec;
import io.kubernetes.client.PodLogs;
import io.kubernetes.client.PortForward;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1Eviction;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1PodSpec;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A pod that runs: logs, exec, port-forward, eviction. */
record Running(Clients c) {
  /** What pods run: something with a busybox in it. */
  static final String IMAGE =
      Optional.ofNullable(System.getenv("CONFORMANCE_IMAGE")).filter(given -> !given.isEmpty()).orElse("busybox:1.37");

  /** Makes a pod of one container that speaks and sleeps, and one that serves HTTP; waits until it is Ready. */
  private V1Pod running(String name) throws Exception {
    V1Container app = new V1Container().name("app").image(IMAGE).command(List.of("sh", "-c", "echo hello; sleep 3600"));
    V1Container web = new V1Container().name("web").image(IMAGE).command(List.of("httpd", "-f", "-p", "8080"));
    // This client says `overhead: {}` of every pod, and the RuntimeClass admission refuses that (kubernetes-client/java#3076).
    V1PodSpec spec = new V1PodSpec().containers(List.of(app, web)).terminationGracePeriodSeconds(1L).overhead(null);
    try {
      c.core().createNamespacedPod(c.namespace(), new V1Pod().metadata(new V1ObjectMeta().name(name)).spec(spec)).execute();
    } catch (ApiException error) {
      if (error.getCode() != 409) {
        throw error;
      }
    }
    return eventually(
        () -> {
          V1Pod pod = c.core().readNamespacedPod(name, c.namespace()).execute();
          boolean isReady =
              pod.getStatus().getConditions().stream().anyMatch(each -> each.getType().equals("Ready") && each.getStatus().equals("True"));
          expect("pod " + name + " is Ready", isReady, true);
          return pod;
        });
  }

  /** The pod of the tour, unless the node only pretends to run it. */
  private void reallyRunning() throws Exception {
    String node = running("tour").getSpec().getNodeName();
    String runtime = c.core().readNode(node).execute().getStatus().getNodeInfo().getContainerRuntimeVersion();
    if (runtime.startsWith("simulated://")) {
      throw new Steps.Skip("the node runs no containers");
    }
  }

  void logs() throws Exception {
    running("tour");
    expect("log", c.core().readNamespacedPodLog("tour", c.namespace()).container("app").tailLines(1).execute(), "hello\n");
    try (var log = new BufferedReader(new InputStreamReader(new PodLogs(c.client()).streamNamespacedPodLog(c.namespace(), "tour", "app")))) {
      expect("followed log", log.readLine(), "hello");
    }
  }

  private record Ended(int exitCode, String printed) {}

  /** Runs a command in the pod of the tour to its end. */
  private Ended run(String input, String... command) throws Exception {
    Process process = new Exec(c.client()).exec(c.namespace(), "tour", command, "app", input != null, false);
    if (input != null) {
      process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    }
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      throw new AssertionError("the command does not end");
    }
    process.destroy();
    return new Ended(process.exitValue(), printed);
  }

  void exec() throws Exception {
    running("tour");
    Ended ended = run(null, "echo", "hello");
    expect("exit code", ended.exitCode(), 0);
    expect("says hello", ended.printed().contains("hello"), true);
  }

  void execExitCode() throws Exception {
    reallyRunning();
    expect("exit code", run(null, "sh", "-c", "exit 7").exitCode(), 7);
  }

  void execStdin() throws Exception {
    reallyRunning();
    expect("ended", run("to and fro\n", "head", "-n", "1"), new Ended(0, "to and fro\n"));
  }

  void portForward() throws Exception {
    reallyRunning();
    try (var forward = new PortForward(c.client()).forward(c.namespace(), "tour", List.of(8080))) {
      var out = forward.getOutboundStream(8080);
      out.write("GET /etc/passwd HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      out.flush();
      var answer = new BufferedReader(new InputStreamReader(forward.getInputStream(8080)));
      expect("status", answer.readLine().split(" ", 2)[1], "200 OK");
    }
  }

  void eviction() throws Exception {
    running("evicted");
    V1ObjectMeta metadata = new V1ObjectMeta().name("evicted").namespace(c.namespace());
    var request = c.core().createNamespacedPodEviction("evicted", c.namespace(), new V1Eviction().metadata(metadata));
    // Not execute(): the client expects an Eviction, and Kubernetes answers with a Status.
    try (var answer = request.buildCall(null).execute()) {
      expect("code", answer.code(), 201);
    }
    eventuallyExpect("code", () -> codeOf(() -> c.core().readNamespacedPod("evicted", c.namespace()).execute()), 404);
  }
}
